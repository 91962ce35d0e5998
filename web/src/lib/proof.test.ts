import { expect, it } from 'vitest';
import { proofWanted, useProof } from './proof';

it('asks once for all who wait, and again afterwards', async () => {
  const both = Promise.all([proofWanted(), proofWanted()]);
  useProof.getState().asking?.answer(true);
  expect(await both).toEqual([true, true]);
  expect(useProof.getState().asking).toBeNull();
  const later = proofWanted();
  useProof.getState().asking?.answer(false);
  expect(await later).toBe(false);
});
