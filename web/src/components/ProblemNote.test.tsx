import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { Problem } from '@/api';
import { ServerProblem } from '@/lib/problem';
import { ProblemNote } from './ProblemNote';

afterEach(cleanup);

const words = { what: '现在不能回答', why: '数据库正忙', advice: '请稍候' };
const problem = (status: number): ServerProblem =>
  new ServerProblem(
    { type: 'about:blank', code: 'storage.unavailable', status, zh: words, en: words } as Problem,
    status,
  );

function Page({ ask }: { ask: () => Promise<string> }) {
  const asked = useQuery({ queryKey: ['page'], queryFn: ask, retry: false });
  return asked.data ? <p>{asked.data}</p> : <ProblemNote error={asked.error} />;
}

const shown = (ask: () => Promise<string>) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Page ask={ask} />
    </QueryClientProvider>,
  );

it('what may pass can be asked again where it happened', async () => {
  const ask = vi.fn().mockRejectedValueOnce(problem(503)).mockResolvedValue('answered');
  shown(ask);
  fireEvent.click(await screen.findByTestId('again'));
  expect(await screen.findByText('answered')).toBeTruthy();
  expect(ask).toHaveBeenCalledTimes(2);
});

it('a refusal stays one', async () => {
  shown(vi.fn().mockRejectedValue(problem(403)));
  await screen.findByRole('alert');
  expect(screen.queryByTestId('again')).toBeNull();
});

it('what was no question of a page offers nothing', () => {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ProblemNote error={problem(503)} />
    </QueryClientProvider>,
  );
  expect(screen.queryByTestId('again')).toBeNull();
});
