import { useCallback, useEffect, useRef, useState } from 'react';
import type { Alert } from '@/api';
import { useSoundWish, wishSound } from '@/lib/alertSound';
import { newsOf, worstOf } from './news';
import { canPlay, play, wake } from './tone';

const AGAIN_MS = 30_000;

export interface AlertSound {
  /** `blocked`: wanted, and the browser waits for a click on this page. */
  state: 'off' | 'on' | 'blocked';
  choose: (on: boolean) => void;
  test: () => void;
}

/** New alerts that nobody has seen are heard once; a critical one again and again until somebody acknowledges it. */
export function useAlertSound(alerts: Alert[] | undefined): AlertSound {
  const wanted = useSoundWish((wish) => wish.wanted);
  const [playable, setPlayable] = useState(canPlay);
  const known = useRef<ReadonlySet<string> | null>(null);
  const worst = worstOf(alerts ?? []);

  useEffect(() => {
    if (!alerts) return;
    const news = newsOf(alerts, known.current);
    known.current = new Set(alerts.map((alert) => alert.id));
    if (wanted && news) play(news);
    setPlayable(canPlay());
  }, [alerts, wanted]);

  useEffect(() => {
    if (!wanted || worst !== 'critical') return undefined;
    const timer = window.setInterval(() => play('critical'), AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [wanted, worst]);

  const wakeUp = useCallback(async () => setPlayable(await wake()), []);
  useEffect(() => {
    // The click that begins a shift asks for it elsewhere; browsers remember the click for a moment.
    if (wanted) void wakeUp();
  }, [wanted, wakeUp]);
  useEffect(() => {
    if (!wanted || playable) return undefined;
    // Any click anywhere on the page is the gesture that browsers wait for.
    const listen = () => void wakeUp();
    window.addEventListener('pointerdown', listen, { once: true });
    window.addEventListener('keydown', listen, { once: true });
    return () => {
      window.removeEventListener('pointerdown', listen);
      window.removeEventListener('keydown', listen);
    };
  }, [wanted, playable, wakeUp]);

  const choose = useCallback(
    (on: boolean) => {
      wishSound(on);
      if (on) void wakeUp().then(() => play('warning'));
    },
    [wakeUp],
  );
  const test = useCallback(() => void wakeUp().then(() => play('warning')), [wakeUp]);
  if (!wanted) return { state: 'off', choose, test };
  return { state: playable ? 'on' : 'blocked', choose, test };
}
