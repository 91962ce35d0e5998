import type { Alert } from '@/api';

export type Severity = Alert['severity'];
const ORDER: readonly Severity[] = ['notice', 'warning', 'critical'];

const isUnseen = (alert: Pick<Alert, 'cleared_at' | 'acknowledged'>): boolean =>
  alert.cleared_at === null && alert.acknowledged === null;

type Seen = Pick<Alert, 'id' | 'severity' | 'cleared_at' | 'acknowledged'>;

/** The gravest of the alerts that stand and that nobody has seen. */
export function worstOf(alerts: readonly Seen[]): Severity | null {
  const found = alerts.filter(isUnseen).map((alert) => ORDER.indexOf(alert.severity));
  return found.length ? (ORDER[Math.max(...found)] ?? null) : null;
}

/** What is to be heard: the gravest of those that were not known a moment ago. Notices make no sound. */
export function newsOf(alerts: readonly Seen[], known: ReadonlySet<string> | null): Severity | null {
  const fresh = alerts.filter((alert) => !known?.has(alert.id));
  const worst = worstOf(fresh);
  return worst === 'notice' ? null : worst;
}
