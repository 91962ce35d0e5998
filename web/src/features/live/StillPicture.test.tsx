import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readStill, type ServerPicture } from '@/lib/server';
import { microsOf } from '@/lib/time';
import '@/lib/i18n';
import { StillPicture } from './StillPicture';

vi.mock('@/lib/server', () => ({ readStill: vi.fn() }));

const AT = microsOf('2026-11-20T06:03:05Z');
const asked = vi.mocked(readStill);

const picture = (atUs: number): ServerPicture => ({ blob: new Blob(['x']), atUs, everyS: 2 });

function shown() {
  return render(
    <StillPicture viewId="v" channelId="c" codec="H.265" width={640}>
      <p>nothing yet</p>
    </StillPicture>,
  );
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

beforeEach(() => {
  vi.useFakeTimers();
  let made = 0;
  URL.createObjectURL = vi.fn(() => {
    made += 1;
    return `blob:${made}`;
  });
  URL.revokeObjectURL = vi.fn();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('says that it is a still, why, how often it changes and when it was taken', async () => {
  asked.mockResolvedValue(picture(AT));
  shown();
  expect(screen.getByText('nothing yet')).toBeTruthy();
  await pass(0);
  expect(screen.queryByText('nothing yet')).toBeNull();
  const words = screen.getByTestId('still').textContent ?? '';
  expect(words).toContain('H.265');
  expect(words).toContain('2');
  expect(words).toContain('14:03:05');
});

it('is renewed after the pause that the server names, and gives the old picture back', async () => {
  asked.mockResolvedValueOnce(picture(AT)).mockResolvedValue(picture(AT + 2_000_000));
  shown();
  await pass(0);
  await pass(1_900);
  expect(asked).toHaveBeenCalledTimes(1);
  await pass(100);
  expect(screen.getByTestId('still').dataset.atUs).toBe(String(AT + 2_000_000));
  expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:1');
});

it('keeps the last picture with its time while there is no new one, and asks again', async () => {
  asked
    .mockResolvedValueOnce(picture(AT))
    .mockRejectedValueOnce(new Error('lost'))
    .mockResolvedValue(picture(AT + 9));
  shown();
  await pass(0);
  await pass(2_000);
  expect(screen.getByTestId('still').dataset.atUs).toBe(String(AT));
  await pass(60_000);
  expect(screen.getByTestId('still').dataset.atUs).toBe(String(AT + 9));
});

it('asks for nothing any more once it is gone', async () => {
  asked.mockResolvedValue(picture(AT));
  const { unmount } = shown();
  await pass(0);
  const signal = asked.mock.calls[0]?.[3];
  unmount();
  await pass(10_000);
  expect(signal?.aborted).toBe(true);
  expect(asked).toHaveBeenCalledTimes(1);
});
