// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REST_MS, snap, stepOf, type Thumbnail, Thumbnails } from './thumbnails';

const HOUR_US = 3_600_000_000;

interface Asked {
  us: number;
  epoch: number | null;
  signal: AbortSignal;
  answer: (atUs: number) => void;
  fail: () => void;
}

function desk() {
  const asked: Asked[] = [];
  const shown: (Thumbnail | null)[] = [];
  const revoked: string[] = [];
  let made = 0;
  const thumbnails = new Thumbnails({
    read: (us, epoch, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        const answer = (atUs: number) => resolve({ blob: new Blob(['x']), atUs });
        asked.push({ us, epoch, signal, answer, fail: () => reject(new Error('404')) });
      }),
    urls: {
      createObjectURL: () => {
        made += 1;
        return `blob:${made}`;
      },
      revokeObjectURL: (url) => revoked.push(url),
    },
  });
  const leave = thumbnails.listen((picture) => shown.push(picture));
  const rest = () => vi.advanceTimersByTimeAsync(REST_MS);
  const answered = async (index: number, atUs: number) => {
    asked[index]?.answer(atUs);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { thumbnails, leave, asked, shown, revoked, rest, answered };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the grid of moments', () => {
  it.each([
    [60_000_000, 1200, 1_000_000],
    [HOUR_US, 1200, 16_000_000],
    [24 * HOUR_US, 1200, 512_000_000],
    [1_000_000, 1200, 1_000_000],
  ])('of %d us over %d px is %d us', (span, width, step) => expect(stepOf(span, width)).toBe(step));

  it('stays when the scope changes a little', () => expect(stepOf(HOUR_US, 1200)).toBe(stepOf(HOUR_US * 0.9, 1200)));

  it('never leads before the stretch that was pointed at', () => {
    expect(snap(17_500_000, 4_000_000, 0)).toBe(16_000_000);
    expect(snap(17_500_000, 4_000_000, 17_000_000)).toBe(17_000_000);
  });
});

describe('thumbnails', () => {
  it('asks for nothing while the pointer only passes by', async () => {
    const { thumbnails, asked, rest } = desk();
    for (let us = 0; us < 100; us += 1) thumbnails.point(us, null);
    await rest();
    expect(asked.map(({ us }) => us)).toEqual([99]);
  });

  it('shows what was asked for, with the time of the picture', async () => {
    const { thumbnails, asked, shown, rest, answered } = desk();
    thumbnails.point(5_000_000, 3);
    await rest();
    await answered(0, 4_200_000);
    expect(asked[0]?.epoch).toBe(3);
    expect(shown.at(-1)).toEqual({ url: 'blob:1', atUs: 4_200_000 });
  });

  it('gives up what the pointer has left, and never shows it at another moment', async () => {
    const { thumbnails, asked, shown, rest, answered } = desk();
    thumbnails.point(1, null);
    await rest();
    thumbnails.point(2, null);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(shown.at(-1)).toBeNull();
    await answered(0, 1);
    expect(shown.at(-1)).toBeNull();
    await rest();
    await answered(1, 2);
    expect(shown.at(-1)?.atUs).toBe(2);
  });

  it('gives up what is on its way when the pointer goes elsewhere', async () => {
    const { thumbnails, leave, asked, shown, rest, answered } = desk();
    thumbnails.point(1, null);
    await rest();
    leave();
    expect(asked[0]?.signal.aborted).toBe(true);
    await answered(0, 1);
    expect(shown).toEqual([null]);
  });

  it('asks once for the same moment while it has the picture', async () => {
    const { thumbnails, leave, asked, shown, rest, answered } = desk();
    thumbnails.point(1, null);
    await rest();
    await answered(0, 1);
    leave();
    thumbnails.listen((picture) => shown.push(picture));
    thumbnails.point(1, null);
    await rest();
    expect(asked).toHaveLength(1);
    expect(shown.at(-1)?.url).toBe('blob:1');
  });

  it('keeps the passes of a repeated hour apart', async () => {
    const { thumbnails, asked, rest, answered } = desk();
    thumbnails.point(1, 0);
    await rest();
    await answered(0, 1);
    thumbnails.point(1, 1);
    await rest();
    expect(asked.map(({ epoch }) => epoch)).toEqual([0, 1]);
  });

  it('asks again where there was no picture', async () => {
    const { thumbnails, asked, shown, rest } = desk();
    thumbnails.point(1, null);
    await rest();
    asked[0]?.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(shown.at(-1)).toBeNull();
    thumbnails.point(2, null);
    thumbnails.point(1, null);
    await rest();
    expect(asked.map(({ us }) => us)).toEqual([1, 1]);
  });

  it('keeps a bounded number of pictures and gives all of them back', async () => {
    const { thumbnails, revoked, rest, answered } = desk();
    for (let us = 0; us < 170; us += 1) {
      thumbnails.point(us, null);
      await rest();
      await answered(us, us);
    }
    expect(revoked).toEqual(Array.from({ length: 10 }, (_, index) => `blob:${index + 1}`));
    thumbnails.dispose();
    expect(new Set(revoked).size).toBe(170);
  });
});
