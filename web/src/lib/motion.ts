import { useSyncExternalStore } from 'react';

const asked = () => globalThis.matchMedia?.('(prefers-reduced-motion: reduce)');

function subscribe(changed: () => void): () => void {
  const query = asked();
  query?.addEventListener('change', changed);
  return () => query?.removeEventListener('change', changed);
}

/** Whether the person asked their system for less motion. */
export const usePrefersStillness = (): boolean => useSyncExternalStore(subscribe, () => asked()?.matches ?? false);
