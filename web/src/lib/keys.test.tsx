import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nameOf, type PageKey, useKeyGroups, useKeys } from './keys';

afterEach(cleanup);

function Page({ keys }: { keys: PageKey[] }) {
  useKeys('wall', keys);
  return (
    <>
      <input aria-label="words" />
      <button type="button">press</button>
    </>
  );
}

describe('keys of a page', () => {
  it.each([
    [{ key: 'K', ctrlKey: true }, 'Ctrl+k'],
    [{ key: 'k', metaKey: true }, 'Ctrl+k'],
    [{ key: '?', shiftKey: true }, '?'],
    [{ key: 'ArrowLeft', shiftKey: true }, 'Shift+ArrowLeft'],
    [{ key: 'F2', altKey: true }, 'Alt+F2'],
    [{ key: '，' }, ','],
    [{ key: '。' }, '.'],
    [{ key: '【' }, '['],
    [{ key: '？', shiftKey: true }, '?'],
  ])('%o is %s', (pressed, name) => {
    const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
    expect(nameOf({ ...none, ...pressed })).toBe(name);
  });

  it('act, but not while somebody types, and not in place of a button', () => {
    const act = vi.fn();
    render(<Page keys={[{ keys: ['m', ' '], does: 'sound', act }]} />);
    fireEvent.keyDown(screen.getByLabelText('words'), { key: 'm' });
    fireEvent.keyDown(screen.getByRole('button'), { key: ' ' });
    fireEvent.keyDown(document.body, { key: 'm', ctrlKey: true });
    expect(act).not.toHaveBeenCalled();
    fireEvent.keyDown(screen.getByRole('button'), { key: 'm' });
    fireEvent.keyDown(document.body, { key: ' ' });
    expect(act).toHaveBeenCalledTimes(2);
  });

  it('leave a key its own meaning where the page has no use for it now', () => {
    render(<Page keys={[{ keys: ['Enter'], does: 'open', act: () => false }]} />);
    expect(fireEvent.keyDown(document.body, { key: 'Enter' })).toBe(true);
  });

  it('are listed while the page is shown', () => {
    const page = render(<Page keys={[{ keys: ['1'], does: 'one tile' }]} />);
    expect(useKeyGroups.getState().groups).toMatchObject([{ title: 'wall', keys: [{ does: 'one tile' }] }]);
    page.rerender(<Page keys={[{ keys: ['1'], does: '一路' }]} />);
    expect(useKeyGroups.getState().groups).toMatchObject([{ keys: [{ does: '一路' }] }]);
    page.unmount();
    expect(useKeyGroups.getState().groups).toEqual([]);
  });
});
