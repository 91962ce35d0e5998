import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Person, PlaceDetails, Problem } from '@/api';
import { stubBrowser } from '@/browserOfTests';
import { ServerProblem } from '@/lib/problem';
import { SESSION_KEY } from '@/lib/session';
import '@/lib/i18n';
import { PlaceDetailsPane } from './PlaceDetailsPane';

const WORDS = { what: 'no more', why: '', advice: '' };
const KEY = ['registry', 'place', 'p'];

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

beforeEach(stubBrowser);
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function shown(): QueryClient {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1e9 } } });
  queries.setQueryData(SESSION_KEY, { permissions: [] } as unknown as Person);
  queries.setQueryData(['registry', 'kinds'], []);
  queries.setQueryData(KEY, SCHOOL);
  render(
    <QueryClientProvider client={queries}>
      <PlaceDetailsPane id="p" unit={null} region={null} onDone={() => {}} />
    </QueryClientProvider>,
  );
  fireEvent.click(screen.getByRole('tab', { name: /^(部位|Spots)/ }));
  return queries;
}

const askedAgain = (queries: QueryClient, error: Error) =>
  act(() => queries.prefetchQuery({ queryKey: KEY, queryFn: () => Promise.reject(error), staleTime: 0 }));

it('keeps the chosen tab when the place cannot be asked for again', async () => {
  const queries = shown();
  await askedAgain(queries, new Error('gone'));
  expect(queries.getQueryState(KEY)?.status).toBe('error');
  expect(screen.getByRole('tab', { selected: true }).textContent).toMatch(/^(部位|Spots)/);
});

it('shows nothing of a place that may no longer be seen', async () => {
  const problem = { code: 'rights.denied', zh: WORDS, en: WORDS } as unknown as Problem;
  await askedAgain(shown(), new ServerProblem(problem, 403));
  expect(screen.queryByRole('tab')).toBeNull();
  expect(screen.getByRole('alert').textContent).toContain('no more');
});
