import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stubBrowser } from '@/browserOfTests';
import { listEntries, listKinds, listRegions } from '@/lib/server';
import '@/lib/i18n';
import { EntrySelect, KindSelect, RegionSelect } from './RegistrySelects';

vi.mock('@/lib/server', () => ({ listEntries: vi.fn(), listKinds: vi.fn(), listRegions: vi.fn() }));

function opened(select: ReactNode): void {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(<QueryClientProvider client={queries}>{select}</QueryClientProvider>);
  fireEvent.mouseDown(screen.getByRole('combobox'));
}

beforeEach(() => {
  stubBrowser();
  for (const list of [listEntries, listKinds, listRegions])
    vi.mocked(list).mockReset().mockRejectedValue(Error('gone'));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it.each([
  ['divisions', <RegionSelect key="r" />],
  ['kinds', <KindSelect key="k" />],
  ['entries', <EntrySelect key="e" kind="place" />],
])('says where its choices would be that they did not come: %s', async (_name, select) => {
  opened(select);
  expect(await screen.findByRole('alert')).toBeTruthy();
});

it('offers what came', async () => {
  vi.mocked(listRegions).mockResolvedValue([{ code: '530181', zh: '安宁市', en: 'Anning' }] as never);
  opened(<RegionSelect />);
  expect((await screen.findAllByText(/530181/)).length).toBeGreaterThan(0);
  expect(screen.queryByRole('alert')).toBeNull();
});
