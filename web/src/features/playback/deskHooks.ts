import { useCallback, useEffect, useRef, useState } from 'react';

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

/** The space bar plays and pauses wherever it has no other meaning. */
export function useSpaceKey(act: () => void, enabled: boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (!enabled) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== ' ' || takesSpace(event.target)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [enabled]);
}
