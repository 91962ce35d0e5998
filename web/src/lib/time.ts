/**
 * Wall time in the console: microseconds since the Unix epoch (`...Us`), shown as Beijing time.
 *
 * Statutory dates count in Asia/Shanghai and a duty log is read by people in one zone, so the zone of
 * the browser plays no part. China has had no daylight saving since 1991: a fixed offset is exact.
 */

const ZONE_US = 8 * 3_600_000_000;
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;

/** Microseconds of an ISO 8601 moment with up to six decimals; NaN when it is none. */
export function microsOf(iso: string): number {
  const parts = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(iso);
  if (!parts) return Number.NaN;
  const wholeSeconds = Date.parse(`${parts[1]}${parts[3]}`);
  const fraction = (parts[2] ?? '').padEnd(6, '0').slice(0, 6);
  return wholeSeconds * 1000 + Number(fraction);
}

/** ISO 8601 in UTC with microseconds, as the API writes and reads it. */
export function isoOf(us: number): string {
  const exact = Math.round(us);
  const whole = Math.floor(exact / SECOND_US);
  const fraction = String(exact - whole * SECOND_US).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

function beijing(us: number): string {
  return new Date(Math.floor((us + ZONE_US) / 1000)).toISOString();
}

/** `2026-11-20` */
export const dateOf = (us: number): string => beijing(us).slice(0, 10);
/** `14:03:05` */
export const clockOf = (us: number): string => beijing(us).slice(11, 19);
/** `2026-11-20 14:03:05` */
export const dateTimeOf = (us: number): string => `${dateOf(us)} ${clockOf(us)}`;

/** `2026-11-20T14:03:05+08:00`: readable in a duty log and unambiguous. */
export const addressTimeOf = (us: number): string => `${beijing(us).slice(0, 19)}+08:00`;

/** Midnight in Beijing of the day that holds `us`. */
export const startOfDay = (us: number): number => Math.floor((us + ZONE_US) / DAY_US) * DAY_US - ZONE_US;

/** The moment in an address; a plus sign that became a blank on the way is understood. Null when it is none. */
export function parseAddressTime(text: string | null): number | null {
  if (!text) return null;
  const mended = text.trim().replace(/ (\d\d:\d\d)$/, '+$1');
  const us = /(Z|[+-]\d\d:\d\d)$/.test(mended) ? microsOf(mended) : microsOf(`${mended.replace(' ', 'T')}+08:00`);
  return Number.isNaN(us) ? null : us;
}

const MOMENT = /^(?:(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})[T ]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const DAY_ONLY = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/;
const AGO = /^(\d{1,4}) ?(秒钟?|分钟?|个?小时|天|seconds?|minutes?|min|hours?|h|days?) ?(?:之?前|以前|ago)$/i;
const DAY_WORD = /^(今天|今日|today|昨天|昨日|yesterday|前天|前日) ?/i;
const DAYS_BACK: Record<string, number> = { 今: 0, t: 0, 昨: 1, y: 1, 前: 2 };
const UNIT_US: Record<string, number> = {
  秒: 1,
  s: 1,
  分: 60,
  m: 60,
  小: 3600,
  个: 3600,
  h: 3600,
  天: 86_400,
  d: 86_400,
};
/** A clock in words: which half of the day, hours, then minutes and seconds or half past. */
const SPOKEN =
  /(凌晨|早上|上午|中午|下午|傍晚|晚上)? ?(\d{1,2})(?:[点时](?:(半)|整|(\d{1,2})分?(?:(\d{1,2})秒)?)?|:(\d{2})(?::(\d{2}))?)$/;
const AFTER_NOON = new Set(['中午', '下午', '傍晚', '晚上']);

/**
 * What a person types into "go to time": `2026-11-20 14:03[:05]`, `11-20 14:03`, `14:03` (today) or a date; and as it
 * is said: `昨天 14:03`, `前天下午2点半`, `11月20日 14点03分`, `yesterday 14:03`, `5 分钟前`.
 * A year or day that is left out comes from `nowUs`. Null when it is no real moment.
 */
export function parseMoment(text: string, nowUs: number): number | null {
  const typed = text.normalize('NFKC').trim().replace(/\s+/g, ' ');
  const ago = AGO.exec(typed);
  if (ago) return nowUs - Number(ago[1]) * SECOND_US * (UNIT_US[(ago[2] ?? '').charAt(0).toLowerCase()] ?? Number.NaN);
  const written = inFigures(typed, nowUs);
  const day = DAY_ONLY.exec(written);
  if (day) return realMoment(`${day[1]}`, `${day[2]}`, `${day[3]}`, '0', '00', '00');
  const parts = MOMENT.exec(written);
  if (!parts) return null;
  const [year, month, date] = dateOf(nowUs).split('-') as [string, string, string];
  return realMoment(
    parts[1] ?? year,
    parts[2] ?? month,
    parts[3] ?? date,
    parts[4] ?? '',
    parts[5] ?? '',
    parts[6] ?? '00',
  );
}

/** The day that somebody types: `2026-11-20`, `20261120`, `11-20`, `11月20日`, `昨天`; as `2026-11-20`, or null. */
export function dayTyped(text: string, nowUs: number): string | null {
  const typed = text.normalize('NFKC').trim();
  if (!typed) return null;
  const figures = /^(\d{4})(\d{2})(\d{2})$/.exec(typed);
  const us = parseMoment(`${figures ? figures.slice(1).join('-') : typed} 00:00`, nowUs);
  return us === null ? null : dateOf(us);
}

/** The time of day that somebody types: `8:30`, `830`, `8`, `8点半`, `下午2点`; as `08:30`, or null. */
export function clockTyped(text: string, nowUs: number): string | null {
  const typed = text.normalize('NFKC').trim();
  if (/[-/.年月日天前]/.test(typed)) return null;
  const figures = /^(\d{1,2})(\d{2})?$/.exec(typed);
  const us = parseMoment(figures ? `${figures[1]}:${figures[2] ?? '00'}` : typed, nowUs);
  return us === null ? null : clockOf(us).slice(0, 5);
}

/** Words for days and hours as the figures that they mean; what is no such word stays as it is. */
function inFigures(typed: string, nowUs: number): string {
  return typed
    .replace(DAY_WORD, (_all, word: string) => {
      const back = DAYS_BACK[word.charAt(0).toLowerCase()] ?? 0;
      return `${dateOf(nowUs - back * DAY_US)} `;
    })
    .replace(
      /^(?:(\d{4}) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号] ?/,
      (_all, year, month, date) => `${year ?? dateOf(nowUs).slice(0, 4)}-${month}-${date} `,
    )
    .replace(SPOKEN, (_all, part, hour, half, spoken, seconds, minutes, exact) => {
      const later = AFTER_NOON.has(part) && Number(hour) < 12 ? 12 : 0;
      const minute = half ? '30' : (spoken ?? minutes ?? '00');
      return ` ${Number(hour) + later}:${minute.padStart(2, '0')}:${(seconds ?? exact ?? '00').padStart(2, '0')}`;
    })
    .trim();
}

function realMoment(y: string, mo: string, d: string, h: string, mi: string, s: string): number | null {
  const two = (part: string) => part.padStart(2, '0');
  const written = `${y}-${two(mo)}-${two(d)}T${two(h)}:${two(mi)}:${two(s)}`;
  const us = microsOf(`${written}+08:00`);
  // 2026-02-30 is a moment to Date and to nobody else.
  return !Number.isNaN(us) && addressTimeOf(us) === `${written}+08:00` ? us : null;
}

export interface Duration {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

export function durationOf(us: number): Duration {
  const total = Math.max(0, Math.round(us / SECOND_US));
  return {
    days: Math.floor(total / 86_400),
    hours: Math.floor((total % 86_400) / 3600),
    minutes: Math.floor((total % 3600) / 60),
    seconds: total % 60,
  };
}
