import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stubBrowser } from '@/browserOfTests';
import '@/lib/i18n';
import { EntrySelect, KindSelect, RegionSelect } from './RegistrySelects';

const NEVER_AGAIN = { retry: false, retryOnMount: false, staleTime: Number.POSITIVE_INFINITY };

function opened(queries: QueryClient, select: ReactNode): void {
  render(<QueryClientProvider client={queries}>{select}</QueryClientProvider>);
  fireEvent.mouseDown(screen.getByRole('combobox'));
}

beforeEach(stubBrowser);
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it.each([
  ['divisions', ['regions'], <RegionSelect key="r" />],
  ['kinds', ['registry', 'kinds'], <KindSelect key="k" />],
  ['places', ['registry', 'choose', 'place', ''], <EntrySelect key="e" kind="place" />],
])('says where its choices would be that they did not come: %s', async (_name, queryKey, select) => {
  const queries = new QueryClient({ defaultOptions: { queries: NEVER_AGAIN } });
  await queries.prefetchQuery({ queryKey, queryFn: () => Promise.reject(new Error('gone')) });
  opened(queries, select);
  expect(await screen.findByRole('alert')).toBeTruthy();
});

it('offers what came', async () => {
  const queries = new QueryClient({ defaultOptions: { queries: NEVER_AGAIN } });
  queries.setQueryData(['regions'], [{ code: '530181', zh: '安宁市', en: 'Anning' }]);
  opened(queries, <RegionSelect />);
  expect((await screen.findAllByText(/530181/)).length).toBeGreaterThan(0);
  expect(screen.queryByRole('alert')).toBeNull();
});
