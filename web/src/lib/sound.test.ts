import { expect, it } from 'vitest';
import { piecesIn } from './sound';

it('reads pieces from the body of an answer, without what was cut off', () => {
  const body = new Uint8Array(12 + 3 + 12 + 2);
  const view = new DataView(body.buffer);
  view.setUint32(0, 3);
  view.setBigUint64(4, 1_789_000_000_123_456n);
  body.set([1, 2, 3], 12);
  view.setUint32(15, 4);
  const [first, ...rest] = piecesIn(body.buffer);
  expect(first?.wallUs).toBe(1_789_000_000_123_456);
  expect([...(first?.data ?? [])]).toEqual([1, 2, 3]);
  expect(rest).toEqual([]);
});
