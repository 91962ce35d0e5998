// @vitest-environment jsdom
import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as Server from '@/lib/server';
import { useView } from './useView';

const calls: string[] = [];
const failing = { next: false };

vi.mock('@/lib/server', async (real) => ({
  ...(await real<typeof Server>()),
  openView: async (_kind: string, channels: string[]) => {
    if (failing.next) throw new Error('the server restarts');
    calls.push(`open ${channels.join(' ')}`);
    return { id: `view-${calls.length}`, opened_at: '' };
  },
  closeView: (id: string) => calls.push(`close ${id}`),
}));

const settle = (ms = 300) => act(() => vi.advanceTimersByTimeAsync(ms));
const watched = (initial: string[]) =>
  renderHook(({ channels, active }) => useView(channels, active), {
    initialProps: { channels: initial, active: true },
  });

beforeEach(() => {
  calls.length = 0;
  failing.next = false;
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => vi.useRealTimers());

it('opens the new view before it closes the old one, so that pictures stay', async () => {
  const view = watched(['a']);
  await settle();
  expect(view.result.current.viewId).toBe('view-1');
  view.rerender({ channels: ['a', 'b'], active: true });
  await settle();
  expect(calls).toEqual(['open a', 'open a b', 'close view-1']);
});

it('makes one view of many quick changes', async () => {
  const view = watched(['a']);
  await settle();
  for (const channels of [
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c', 'd'],
  ]) {
    view.rerender({ channels, active: true });
    await settle(50);
  }
  await settle();
  expect(calls.filter((call) => call.startsWith('open'))).toEqual(['open a', 'open a b', 'open a b c d']);
  expect(calls.filter((call) => call.startsWith('close'))).toHaveLength(2);
});

it('does not open another view because tiles changed places', async () => {
  const view = watched(['a', 'b']);
  await settle();
  view.rerender({ channels: ['b', 'a'], active: true });
  await settle();
  expect(calls).toEqual(['open a b']);
});

it('closes when nobody looks and when the page is left', async () => {
  const view = watched(['a']);
  await settle();
  view.rerender({ channels: ['a'], active: false });
  await settle();
  expect(calls).toEqual(['open a', 'close view-1']);
  view.rerender({ channels: ['a'], active: true });
  await settle();
  view.unmount();
  expect(calls).toEqual(['open a', 'close view-1', 'open a', 'close view-3']);
});

it('opens one other view when all tiles say that it is gone, and does not close what is gone', async () => {
  const view = watched(['a']);
  await settle();
  act(() => {
    for (let tile = 0; tile < 9; tile += 1) view.result.current.reopen();
  });
  await settle();
  expect(calls).toEqual(['open a', 'open a']);
});

it('tries again while the server is away', async () => {
  failing.next = true;
  const view = watched(['a']);
  await settle();
  expect(view.result.current.error).toBeInstanceOf(Error);
  failing.next = false;
  await settle(2000);
  expect(view.result.current.viewId).toBe('view-1');
  expect(view.result.current.error).toBeNull();
});
