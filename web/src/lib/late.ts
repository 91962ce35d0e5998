import { useEffect, useState } from 'react';

const BLINK_MS = 300;

/** Whether it lasted longer than a blink since this was first shown. */
export function useLate(afterMs = BLINK_MS): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), afterMs);
    return () => window.clearTimeout(timer);
  }, [afterMs]);
  return late;
}
