import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type Conducted, Conductor } from '@/components/player/Conductor';

export interface Playback extends Conducted {
  conductor: Conductor;
  seek: (us: number, epoch: number | null) => void;
  play: () => void;
  pause: () => void;
  step: (direction: 1 | -1) => boolean;
  setSpeed: (speed: number) => void;
  hear: (wanted: boolean) => void;
}

/** The playing of a desk: of one channel, or of several in step. */
export function useConductor(focusId: string | null, onLeap: (fromUs: number, toUs: number) => void): Playback {
  const [conductor] = useState(() => new Conductor());
  conductor.onLeap = onLeap;
  const now = useSyncExternalStore(conductor.subscribe, conductor.snapshot);
  useEffect(() => conductor.focus(focusId), [conductor, focusId]);
  useEffect(() => {
    conductor.begin();
    return () => conductor.dispose();
  }, [conductor]);
  const acts = useMemo(
    () => ({
      seek: (us: number, epoch: number | null) => conductor.seek(us, epoch),
      play: () => conductor.play(),
      pause: () => conductor.pause(),
      step: (direction: 1 | -1) => conductor.step(direction),
      setSpeed: (speed: number) => conductor.setSpeed(speed),
      hear: (wanted: boolean) => conductor.hear(wanted),
    }),
    [conductor],
  );
  return useMemo(() => ({ ...now, ...acts, conductor }), [now, acts, conductor]);
}
