import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Loading } from '@/components/Loading';
import { DataTable } from './DataTable';

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addListener: () => {},
    removeListener: () => {},
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('a page that comes at once shows no spinner', () => {
  vi.useFakeTimers();
  render(<Loading />);
  act(() => vi.advanceTimersByTime(250));
  expect(screen.getByRole('status').textContent).toBe('');
  act(() => vi.advanceTimersByTime(100));
  expect(screen.getByRole('status').textContent).not.toBe('');
});

describe('rows of a table', () => {
  const rows = [{ id: 'a' }, { id: 'b' }];
  const columns = [{ title: 'id', dataIndex: 'id' }];

  it('are opened and walked by keyboard', () => {
    const open = vi.fn();
    render(<DataTable rowKey="id" columns={columns} dataSource={rows} empty="none" onOpen={open} sticky={false} />);
    const first = screen.getByText('a').closest('tr') as HTMLElement;
    first.focus();
    fireEvent.keyDown(first, { key: 'ArrowDown' });
    fireEvent.keyDown(document.activeElement as Element, { key: 'Enter' });
    expect(open).toHaveBeenCalledExactlyOnceWith(rows[1]);
  });

  it('are not said to be none while they come, nor where they did not', () => {
    const table = (more: object) => (
      <DataTable rowKey="id" columns={columns} dataSource={[]} empty="add one" sticky={false} {...more} />
    );
    const { container, rerender } = render(table({ loading: true }));
    expect(screen.queryByText('add one')).toBeNull();
    rerender(table({ failed: true }));
    expect(container.textContent).toBe('');
  });

  it('say what to do where there are none', () => {
    render(<DataTable rowKey="id" columns={columns} dataSource={[]} empty="add one" sticky={false} />);
    expect(screen.getByText('add one')).toBeTruthy();
  });
});
