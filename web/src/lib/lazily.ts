import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { backoffMs } from './backoff';

/** A restart of the server takes a few seconds; 1, 2, 4, 8 and 16 s are half a minute. */
const ATTEMPTS = 6;

const pauseMs = (ms: number): Promise<void> => new Promise((done) => window.setTimeout(done, ms));

/** A style sheet that did not come is asked for again as well: whoever loads a part twice counts it as there. */
document.addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof HTMLLinkElement) || target.rel !== 'stylesheet') return;
    const attempt = Number(target.dataset.attempt ?? 0);
    if (attempt + 1 >= ATTEMPTS) return;
    const again = target.cloneNode() as HTMLLinkElement;
    again.dataset.attempt = String(attempt + 1);
    window.setTimeout(() => target.replaceWith(again), backoffMs(attempt, Math.random()));
  },
  true,
);

/** What `load` brings; asked for again while the server does not answer. Rejects with the last error after half a minute. */
export async function patiently<T>(load: () => Promise<T>, pause: (ms: number) => Promise<void> = pauseMs): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await load();
    } catch (error) {
      if (attempt + 1 >= ATTEMPTS) throw error;
      await pause(backoffMs(attempt, Math.random()));
    }
  }
}

/** A part of the console that is fetched when it is shown first. */
export const lazily = <Props>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> => lazy(() => patiently(load));
