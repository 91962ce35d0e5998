import { describe, expect, it } from 'vitest';
import type { SoundWindow } from '@/lib/sound';
import { HAND_OVER_US, LEAD_US, SoundQueue, WINDOW_US } from './soundQueue';

const G711 = { codec: 'alaw', mime: 'alaw', rate: 8000, channels: 1, configuration: '' };
const START_US = 1_000_000_000;
const piece = (wallUs: number) => ({ wallUs, data: new Uint8Array([213]) });
const answer = (more: Partial<SoundWindow> = {}): SoundWindow => ({
  facts: G711,
  pieces: [],
  epoch: 0,
  nextUs: null,
  nextEpoch: null,
  ...more,
});

function asked(queue: SoundQueue, positionUs: number) {
  const wanted = queue.wanted(positionUs);
  if (!wanted) throw new Error('nothing is wanted');
  return wanted;
}

function begun(): SoundQueue {
  const queue = new SoundQueue();
  queue.begin(START_US, 3);
  return queue;
}

describe('what is asked for', () => {
  it('is nothing before the picture has a place', () => {
    expect(new SoundQueue().wanted(START_US)).toBeNull();
  });

  it('begins before the picture, for sound lies with older pictures', () => {
    expect(begun().wanted(START_US)).toEqual({
      fromUs: START_US - LEAD_US,
      toUs: START_US - LEAD_US + WINDOW_US,
      epoch: 3,
    });
  });

  it('goes on where the server says, when the picture comes near', () => {
    const queue = begun();
    const nextUs = START_US + 60_000_000;
    expect(queue.take(asked(queue, START_US), answer({ epoch: 3, nextUs, nextEpoch: 3 }))).toBe(true);
    expect(queue.wanted(START_US)).toBeNull();
    expect(asked(queue, nextUs - 5_000_000).fromUs).toBe(nextUs);
  });

  it('never stands still, whatever the server says', () => {
    const queue = begun();
    const first = asked(queue, START_US);
    queue.take(first, answer({ epoch: 3, nextUs: first.fromUs - 5, nextEpoch: 3 }));
    expect(asked(queue, START_US).fromUs).toBeGreaterThan(first.fromUs);
  });

  it('waits behind the last piece where recording has come no further', () => {
    const queue = begun();
    expect(queue.take(asked(queue, START_US), answer({ pieces: [piece(START_US + 7)] }))).toBe(false);
    expect(asked(queue, START_US).fromUs).toBe(START_US + 8);
    expect(queue.take(asked(queue, START_US), answer())).toBe(false);
    expect(asked(queue, START_US).fromUs).toBe(START_US + 8);
  });

  it('ends with the run of the clock', () => {
    const queue = begun();
    queue.take(asked(queue, START_US), answer({ epoch: 3, nextUs: START_US, nextEpoch: 4 }));
    expect(queue.wanted(START_US + 3_600_000_000)).toBeNull();
    queue.begin(START_US, 4);
    expect(asked(queue, START_US).epoch).toBe(4);
  });
});

describe('pieces', () => {
  it('are handed over once, in time, and not when they are long over', () => {
    const queue = begun();
    const times = [-1_000_000, -200_000, 0, HAND_OVER_US, HAND_OVER_US + 1].map((us) => START_US + us);
    queue.take(asked(queue, START_US), answer({ pieces: times.map(piece), nextUs: START_US + WINDOW_US }));
    expect(queue.due(START_US).map((one) => one.wallUs)).toEqual(times.slice(1, 4));
    expect(queue.due(START_US)).toEqual([]);
    expect(queue.due(START_US + 1)).toEqual([{ ...piece(times[4] ?? 0), facts: G711 }]);
  });

  it('of another moment are forgotten', () => {
    const queue = begun();
    queue.take(asked(queue, START_US), answer({ pieces: [piece(START_US)], nextUs: START_US + WINDOW_US }));
    queue.begin(START_US, 3);
    expect(queue.due(START_US)).toEqual([]);
  });
});
