import { useCallback, useEffect, useState } from 'react';
import { ServerProblem } from '@/lib/problem';
import { takeTurning } from '@/lib/server';
import { Hand } from './hand';

interface Taken {
  hand: Hand | null;
  error: unknown;
  taking: boolean;
  /** Try again, or take over with a reason. */
  take: (reason: string) => void;
}

/** The camera in hand for as long as the component is there. */
export function useHand(channelId: string): Taken {
  const [hand, setHand] = useState<Hand | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState({ reason: '' });
  useEffect(() => {
    let left = false;
    let made: Hand | null = null;
    setError(null);
    takeTurning(channelId, asked.reason).then(
      (lock) => {
        if (left) return;
        made = new Hand(channelId, lock.id, {
          onHeld: () => setHand(made),
          onProblem: (problem) => setError(new ServerProblem(problem, problem.status ?? 502)),
          onLost: () => {
            setHand(null);
            setError((before: unknown) => before ?? new Error('let go'));
          },
        });
      },
      (failure: unknown) => {
        if (!left) setError(failure);
      },
    );
    return () => {
      left = true;
      made?.close();
      setHand(null);
    };
  }, [channelId, asked]);
  const take = useCallback((reason: string) => setAsked({ reason }), []);
  return { hand, error, taking: !hand && !error, take };
}
