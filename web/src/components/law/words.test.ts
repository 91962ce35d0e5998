import { describe, expect, it } from 'vitest';
import { cutCitation, factsWords, KEYS, named, placeWords, RANKS, sayAll, TOPICS, VALUES, valueWords } from './words';

describe('the labels', () => {
  it.each(Object.entries({ ...TOPICS, ...KEYS, ...VALUES, ...RANKS }))('%s has both languages', (_code, words) => {
    expect(words.zh).toMatch(/\p{Script=Han}/u);
    expect(words.en).toMatch(/^[^\p{Script=Han}]+$/u);
  });

  it('show an unknown word as it is, names of built-in properties too', () => {
    expect(named('drone_flight', 'en', TOPICS)).toBe('drone_flight');
    expect(named('constructor', 'zh-CN', TOPICS)).toBe('constructor');
    expect(valueWords('party', 'moon_office', 'zh-CN')).toBe('moon_office');
  });
});

describe('values', () => {
  const kinds = { hotel: { zh: '旅馆', en: 'hotel' }, copy: { zh: '复印店', en: 'copy shop' } };
  it.each([
    ['prohibited', true, '是', 'yes'],
    ['fine', null, '无', 'none'],
    ['prohibited', 'review', '由人判断', 'for people to decide'],
    ['fine', [1000, 10000], '1000–10000 元', '¥1000–10000'],
    ['fine', 500, '500 元', '¥500'],
    ['min_days', 30, '30 日', '30 days'],
    ['min_years', 2, '2 年', '2 years'],
    ['measures', ['warning', 'confiscate'], '警告、没收', 'warning, confiscation'],
    ['measures', [], '无', 'none'],
    ['site', 'hotel', '旅馆', 'hotel'],
    ['site', 'copy', '复印店', 'copy shop'],
    ['operation', 'copy', '复制', 'copy'],
    ['penalty_in_instrument', '25 p1(2)', '第25条第1款第2项', 'article 25 paragraph 1 item 2'],
    ['deadline', '2025-06-30', '2025-06-30', '2025-06-30'],
    [
      'penalties',
      [{ rank: 'provincial_rule', fine_now: false }],
      '位阶：省级政府规章；可以直接罚款：否',
      'rank: provincial rule; fined at once: no',
    ],
  ] as const)('%s %j', (key, value, zh, en) => {
    const json = JSON.parse(JSON.stringify(value));
    expect(valueWords(key, json, 'zh-CN', kinds)).toBe(zh);
    expect(valueWords(key, json, 'en', kinds)).toBe(en);
  });

  it('silence is no value', () => {
    expect(sayAll({ prohibited: false, silent: true }, 'en')).toBe('forbidden: no');
    expect(sayAll({ silent: true }, 'en')).toBe('');
  });

  it('what was asked leaves out what never varies', () =>
    expect(factsWords({ officers: 2, work_id: true, requester: 'psb', operation: 'copy' }, 'en')).toBe(
      'the police · copy',
    ));
});

describe('places of a text', () => {
  it.each([
    ['13', '第13条'],
    ['26(4)', '第26条第4项'],
    ['32 p2', '第32条第2款'],
    ['p2', 'p2'],
  ])('%s', (place, zh) => expect(placeWords(place, 'zh-CN')).toBe(zh));

  it('are cut from the code of the text, which may have a number', () => {
    expect(cutCitation('NAT 8 p1(3)')).toEqual({ code: 'NAT', place: '8 p1(3)' });
    expect(cutCitation('Order 230 12')).toEqual({ code: 'Order 230', place: '12' });
    expect(cutCitation('somewhere')).toEqual({ code: 'somewhere', place: '' });
  });
});
