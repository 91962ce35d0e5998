import { useEffect, useState } from 'react';
import { create } from 'zustand';

/** The clock of the server as seen from here. `offsetMs` is server minus browser; null until first measured. */
interface ServerClock {
  offsetMs: number | null;
}

interface Sample {
  offsetMs: number;
  roundTripMs: number;
}

const KEPT = 8;
/** Above this the clock of the desk misleads whoever writes a time into a log. */
export const DRIFT_SHOWN_MS = 2000;

export const useServerClock = create<ServerClock>(() => ({ offsetMs: null }));

let samples: Sample[] = [];

/** The offset of the quickest of the exchanges: the shorter the way, the smaller its asymmetry can be. */
export function bestOffset(taken: readonly Sample[]): number | null {
  const quickest = taken.reduce<Sample | null>(
    (best, sample) => (best && best.roundTripMs <= sample.roundTripMs ? best : sample),
    null,
  );
  return quickest?.offsetMs ?? null;
}

/** One exchange: asked and answered on the browser's clock, the server's time in microseconds between them. */
export function learnServerTime(askedMs: number, answeredMs: number, serverUs: number): void {
  const sample = { offsetMs: serverUs / 1000 - (askedMs + answeredMs) / 2, roundTripMs: answeredMs - askedMs };
  // A step of either clock makes the old samples lies.
  const stepped = samples.some((old) => Math.abs(old.offsetMs - sample.offsetMs) > 1000 + sample.roundTripMs);
  samples = [...(stepped ? [] : samples), sample].slice(-KEPT);
  useServerClock.setState({ offsetMs: bestOffset(samples) });
}

/** Milliseconds now on this machine with the fraction that Date.now() cuts off. */
export const preciseNowMs = (): number => performance.timeOrigin + performance.now();

/** Now on the server's clock, in microseconds. */
export const serverNowUs = (): number => (Date.now() + (useServerClock.getState().offsetMs ?? 0)) * 1000;

/** The server's time, told again every so often: for words such as "for 5 minutes". */
export function useServerNowUs(everyMs: number): number {
  const [now, setNow] = useState(serverNowUs);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(serverNowUs()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}
