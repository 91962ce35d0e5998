import { expect, it } from 'vitest';
import { ownAddress } from './ownAddress';

it.each([
  ['/live?layout=4', '/live?layout=4'],
  [null, '/'],
  ['', '/'],
  ['https://elsewhere.example/', '/'],
  ['//elsewhere.example/', '/'],
  ['/\\elsewhere.example', '/'],
  ['javascript:alert(1)', '/'],
])('%j leads to %s', (next, address) => expect(ownAddress(next)).toBe(address));
