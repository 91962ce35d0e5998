import { useCallback, useRef, useState } from 'react';
import { serverNowUs } from '@/lib/clock';
import { SECOND_US } from '@/lib/time';
import { between, type Stretch } from './timeline/geometry';

export interface Selection {
  span: Stretch | null;
  set: (span: Stretch) => void;
  mark: (end: 'start' | 'end') => void;
  clear: () => void;
}

const LEAST_US = SECOND_US;
/** What a mark selects while the other end is not marked yet. */
const FIRST_US = 60 * SECOND_US;

/** Nothing of the future, never less than a second. */
const tidy = ({ startUs, endUs }: Stretch): Stretch => {
  const latest = serverNowUs();
  const from = Math.min(startUs, latest - LEAST_US);
  return { startUs: from, endUs: Math.max(from + LEAST_US, Math.min(endUs, latest)) };
};

/** One end is where the picture is, to the whole second around it; the other stays, or is a minute away. */
export function marked(before: Stretch | null, pictureUs: number, end: 'start' | 'end'): Stretch {
  if (end === 'start') {
    const us = Math.floor(pictureUs / SECOND_US) * SECOND_US;
    return { startUs: us, endUs: before && before.endUs > us ? before.endUs : us + FIRST_US };
  }
  const us = Math.ceil(pictureUs / SECOND_US) * SECOND_US;
  return { startUs: before && before.startUs < us ? before.startUs : us - FIRST_US, endUs: us };
}

/** A range of the timeline to do something with: marked at the picture, or drawn with Shift and the mouse. */
export function useSelection(cursorUs: number): Selection {
  const [span, setSpan] = useState<Stretch | null>(null);
  const cursor = useRef(cursorUs);
  cursor.current = cursorUs;
  const set = useCallback(({ startUs, endUs }: Stretch) => setSpan(tidy(between(startUs, endUs))), []);
  const mark = useCallback(
    (end: 'start' | 'end') => setSpan((before) => tidy(marked(before, cursor.current, end))),
    [],
  );
  const clear = useCallback(() => setSpan(null), []);
  return { span, set, mark, clear };
}
