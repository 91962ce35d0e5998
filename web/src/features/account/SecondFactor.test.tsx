import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FactorState } from '@/api';
import { stubBrowser } from '@/browserOfTests';
import '@/lib/i18n';
import { SecondFactor } from './SecondFactor';

const KEY = ['own-factor'];
const NONE: FactorState = { since: null, recovery_codes_left: 0 };
const IN_FORCE: FactorState = { since: '2026-11-20T08:00:00Z', recovery_codes_left: 7 };

beforeEach(stubBrowser);
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** `known`: what the server said of it; nothing while the answer is on its way. */
function shown(known?: FactorState): QueryClient {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1e9 } } });
  if (known) queries.setQueryData(KEY, known);
  else vi.stubGlobal('fetch', () => new Promise(() => {}));
  render(
    <QueryClientProvider client={queries}>
      <SecondFactor />
    </QueryClientProvider>,
  );
  return queries;
}

const offered = () => screen.queryByTestId('begin-factor');

it('is not offered before it is known whether there is one', () => {
  shown();
  expect(offered()).toBeNull();
  expect(screen.queryByTestId('second-factor')).toBeNull();
});

it('is offered to whoever has none', () => {
  shown(NONE);
  expect(offered()).not.toBeNull();
});

it('stays as it was known when it cannot be asked for again', async () => {
  const queries = shown(IN_FORCE);
  const again = () => Promise.reject(new Error('gone'));
  await act(() => queries.prefetchQuery({ queryKey: KEY, queryFn: again, staleTime: 0 }));
  expect(queries.getQueryState(KEY)?.status).toBe('error');
  expect(screen.getByTestId('second-factor').textContent).toContain('7');
  expect(offered()).toBeNull();
});
