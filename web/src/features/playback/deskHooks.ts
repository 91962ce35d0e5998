import { useCallback, useEffect, useRef, useState } from 'react';
import { typing } from './useSelection';

const SHOWN_MS = 8000;

/** A sentence that stays long enough to be read. */
export function useNote(): [string | null, (words: string) => void] {
  const [note, setNote] = useState<string | null>(null);
  const timer = useRef(0);
  const say = useCallback((words: string) => {
    window.clearTimeout(timer.current);
    setNote(words);
    timer.current = window.setTimeout(() => setNote(null), SHOWN_MS);
  }, []);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return [note, say];
}

const takesSpace = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.closest('input:not([type=radio]),textarea,select,button,a,[role=dialog]') !== null);

export interface DeskActs {
  toggle: () => void;
  step: (direction: 1 | -1) => void;
  skip: (seconds: number) => void;
  /** To the next faster (1) or slower (-1) speed. */
  pace: (direction: 1 | -1) => void;
  mark: () => void;
  focusTile: (index: number) => void;
}

/** What a key does to the pictures, wherever it has no other meaning; null for nothing. */
export function actOf(key: string, shift: boolean, onSlider: boolean): ((acts: DeskActs) => void) | null {
  if (/^[1-9]$/.test(key)) return (acts) => acts.focusTile(Number(key) - 1);
  switch (key) {
    case ' ':
    case 'k':
    case 'K':
      return (acts) => acts.toggle();
    case ',':
    case '，':
      return (acts) => acts.step(-1);
    case '.':
    case '。':
      return (acts) => acts.step(1);
    case 'l':
    case 'L':
      return (acts) => acts.pace(1);
    case 'j':
    case 'J':
      return (acts) => acts.pace(-1);
    case 'm':
    case 'M':
      return (acts) => acts.mark();
    case 'ArrowLeft':
      // The strip has arrows of its own.
      return onSlider ? null : (acts) => acts.skip(shift ? -60 : -10);
    case 'ArrowRight':
      return onSlider ? null : (acts) => acts.skip(shift ? 60 : 10);
    default:
      return null;
  }
}

/** Keys of the desk: play, step, speed, mark, wherever nobody types. */
export function useDeskKeys(acts: DeskActs, enabled: boolean): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    if (!enabled) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key === ' ' ? takesSpace(event.target) : typing(event.target)) return;
      const { target } = event;
      const owns =
        target instanceof HTMLElement && target.closest('[role=slider],[role=radiogroup],[role=tree]') !== null;
      const act = actOf(event.key, event.shiftKey, owns);
      if (!act) return;
      event.preventDefault();
      act(latest.current);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [enabled]);
}
