import { configure } from '@testing-library/react';
import { vi } from 'vitest';

// Other tests run at the same time: what is slow is not wrong.
configure({ asyncUtilTimeout: 15_000 });

class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

/** What antd asks of a browser and jsdom has not; `vi.unstubAllGlobals` takes it away again. */
export function stubBrowser(): void {
  vi.stubGlobal('ResizeObserver', NoObserver);
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
}
