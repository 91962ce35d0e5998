import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type PageKey, useKeys } from '@/lib/keys';

const SHOWN_MS = 8000;

/** A sentence that stays long enough to be read. */
export function useNote(): [string | null, (words: string, forMs?: number) => void] {
  const [note, setNote] = useState<string | null>(null);
  const timer = useRef(0);
  const say = useCallback((words: string, forMs = SHOWN_MS) => {
    window.clearTimeout(timer.current);
    setNote(words);
    timer.current = window.setTimeout(() => setNote(null), forMs);
  }, []);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return [note, say];
}

export interface DeskActs {
  toggle: () => void;
  step: (direction: 1 | -1) => void;
  skip: (seconds: number) => void;
  /** To the next faster (1) or slower (-1) speed. */
  pace: (direction: 1 | -1) => void;
  mark: () => void;
  focusTile: (index: number) => void;
  /** An end of the range is where the picture is. */
  range: (end: 'start' | 'end') => void;
  /** Let the range go; false where there is none. */
  letGo: () => boolean;
}

const TILES = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
const ARROWS = ['ArrowLeft', 'ArrowRight'];

/** The strip, a choice and a tree have arrows of their own. */
const hasArrows = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('[role=slider],[role=radiogroup],[role=tree]') !== null;

/** Keys of the desk: play, step, speed, mark, range, wherever nobody types. */
export function useDeskKeys(acts: DeskActs, enabled: boolean): void {
  const { t } = useTranslation();
  const skipBy =
    (seconds: number): PageKey['act'] =>
    ({ key, target }) => {
      if (hasArrows(target)) return false;
      return acts.skip(key === 'ArrowLeft' ? -seconds : seconds);
    };
  useKeys(
    t('menu.playback'),
    [
      { keys: [' ', 'k'], does: t('playback.key.play'), act: () => acts.toggle() },
      { keys: [','], does: t('playback.key.frameBack'), act: () => acts.step(-1) },
      { keys: ['.'], does: t('playback.key.frameOn'), act: () => acts.step(1) },
      { keys: ARROWS, does: t('playback.key.skip', { count: 10 }), act: skipBy(10) },
      { keys: ARROWS.map((key) => `Shift+${key}`), does: t('playback.key.skip', { count: 60 }), act: skipBy(60) },
      { keys: ['j'], does: t('playback.key.slower'), act: () => acts.pace(-1) },
      { keys: ['l'], does: t('playback.key.faster'), act: () => acts.pace(1) },
      { keys: ['m'], does: t('playback.key.mark'), act: () => acts.mark() },
      { keys: ['i', '['], does: t('playback.key.rangeStart'), act: () => acts.range('start') },
      { keys: ['o', ']'], does: t('playback.key.rangeEnd'), act: () => acts.range('end') },
      { keys: ['Escape'], does: t('playback.key.letGo'), act: acts.letGo, overControls: true },
      { keys: TILES, does: t('playback.key.tile'), act: ({ key }) => acts.focusTile(Number(key) - 1) },
    ],
    enabled,
  );
}
