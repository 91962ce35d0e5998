import { describe, expect, it } from 'vitest';
import { newsOf, type Severity, worstOf } from './news';

const alert = (id: string, severity: Severity, more = {}) => ({
  id,
  severity,
  cleared_at: null,
  acknowledged: null,
  ...more,
});
const SEEN = { acknowledged: { at: '2026-11-20T06:03:00Z', by: '李明', note: '' } };
const OVER = { cleared_at: '2026-11-20T06:03:00Z' };

describe('what is heard', () => {
  it('is the gravest of what nobody has seen', () => {
    expect(worstOf([])).toBeNull();
    expect(worstOf([alert('a', 'warning'), alert('b', 'notice')])).toBe('warning');
    expect(worstOf([alert('a', 'warning'), alert('b', 'critical', SEEN), alert('c', 'critical', OVER)])).toBe(
      'warning',
    );
  });

  it('is what was not known a moment ago, and everything at the first look', () => {
    const alerts = [alert('a', 'critical'), alert('b', 'warning')];
    expect(newsOf(alerts, null)).toBe('critical');
    expect(newsOf(alerts, new Set(['a']))).toBe('warning');
    expect(newsOf(alerts, new Set(['a', 'b']))).toBeNull();
  });

  it('is never a notice', () => {
    expect(newsOf([alert('a', 'notice')], new Set())).toBeNull();
  });
});
