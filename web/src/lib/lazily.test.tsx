import { expect, it, vi } from 'vitest';
import { patiently } from './lazily';

const failing = (times: number) => {
  let left = times;
  return vi.fn(async () => {
    left -= 1;
    if (left >= 0) throw new Error(`not yet, ${left}`);
    return 'page';
  });
};

it('asks again for what did not come, less and less often', async () => {
  const pauses: number[] = [];
  const load = failing(3);
  expect(await patiently(load, async (ms) => void pauses.push(ms))).toBe('page');
  expect(load).toHaveBeenCalledTimes(4);
  expect(pauses).toHaveLength(3);
  expect(pauses[0]).toBeLessThan(pauses[2] ?? 0);
});

it('says what went wrong when nothing helps', async () => {
  const load = failing(100);
  await expect(patiently(load, async () => {})).rejects.toThrow('not yet');
  expect(load).toHaveBeenCalledTimes(6);
});
