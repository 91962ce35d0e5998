import { expect, it } from 'vitest';
import { bytesWords } from './bytes';

it.each([
  [0, '0 B'],
  [-5, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1536, '1.54 kB'],
  [999_960_000, '1 GB'],
  [12_340_000_000, '12.3 GB'],
  [16_000_900_661_248, '16 TB'],
  [2.5e18, '2500 PB'],
])('%d bytes are %s', (bytes, words) => expect(bytesWords(bytes)).toBe(words));
