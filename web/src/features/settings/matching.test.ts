import { describe, expect, it } from 'vitest';
import type { Setting } from '@/api';
import { matching, waitingIn } from './matching';

const setting = (key: string, more: Partial<Setting> = {}): Setting => ({
  key,
  what: { zh: '监听端口', en: 'Port listened on' },
  value: '8600',
  default: '8600',
  origin: 'default',
  next: null,
  ...more,
});

const SECTIONS = [
  {
    section: 'api',
    title: { zh: '接口', en: 'API' },
    items: [setting('port'), setting('host', { value: '"0.0.0.0"', origin: 'MINGJIAN_API__HOST' })],
  },
  { section: 'media', title: { zh: '录制', en: 'Recording' }, items: [setting('segment_s', { next: '30.0' })] },
];
const names = (words: string, changedOnly = false) =>
  matching(SECTIONS, words, changedOnly).flatMap(({ section, items }) => items.map(({ key }) => `${section}.${key}`));

describe('settings', () => {
  it.each([
    ['', ['api.port', 'api.host', 'media.segment_s']],
    ['api.p', ['api.port']],
    ['监听 0.0.0.0', ['api.host']],
    ['PORT media', ['media.segment_s']],
    ['nothing', []],
  ])('are found by %j', (words, found) => expect(names(words)).toEqual(found));

  it('that somebody wrote down, or has written since', () =>
    expect(names('', true)).toEqual(['api.host', 'media.segment_s']));

  it('that wait for a start are counted', () => expect(waitingIn(SECTIONS)).toBe(1));
});
