import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Person, PlaceDetails } from '@/api';
import { stubBrowser } from '@/browserOfTests';
import { getPlace } from '@/lib/server';
import { SESSION_KEY } from '@/lib/session';
import '@/lib/i18n';
import { PlaceDetailsPane } from './PlaceDetailsPane';

vi.mock('@/lib/server', async (original) => ({
  ...(await original<object>()),
  getPlace: vi.fn(),
  listKinds: vi.fn(async () => []),
}));

const SCHOOL: PlaceDetails = {
  place: {
    id: 'p',
    name: 'school',
    address: null,
    region_code: '530181',
    region_zh: '安宁市',
    region_en: 'Anning',
    longitude: null,
    latitude: null,
  },
  organisation_id: null,
  organisation: null,
  kinds: [],
  spots: [],
  signs: [],
  roles: [],
};

beforeEach(() => {
  stubBrowser();
  vi.mocked(getPlace).mockReset();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it('keeps the chosen tab when the place cannot be asked for again', async () => {
  vi.mocked(getPlace).mockResolvedValueOnce(SCHOOL).mockRejectedValue(new Error('gone'));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  queries.setQueryData(SESSION_KEY, { permissions: [] } as unknown as Person);
  render(
    <QueryClientProvider client={queries}>
      <PlaceDetailsPane id="p" unit={null} region={null} onDone={() => {}} />
    </QueryClientProvider>,
  );
  fireEvent.click(await screen.findByRole('tab', { name: /^(部位|Spots)/ }));
  await act(() => queries.invalidateQueries({ queryKey: ['registry'] }));
  await waitFor(() => expect(queries.getQueryState(['registry', 'place', 'p'])?.status).toBe('error'));
  expect(screen.getByRole('tab', { selected: true }).textContent).toMatch(/^(部位|Spots)/);
});
