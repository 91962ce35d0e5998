import { expect, it } from 'vitest';
import { secondsBehind } from './TileBadges';

it('says how far behind a picture is, and never that it is ahead', () => {
  expect([1234, 40, 0, -170].map(secondsBehind)).toEqual(['1.23', '0.04', '0.00', '0.00']);
});
