import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { able, CHECKS, type Check, type Outcome, outcomeOf, reachesByWebSocket, verdict } from './browser';
import styles from './help.module.css';

const LOOK = { yes: 'ok', lesser: 'unsure', no: 'bad', waiting: 'muted' } as const;
const SIGN = { yes: '✓', lesser: '△', no: '✕', waiting: '…' } as const;

/** Why there is no picture, in words: what this browser lacks, and what to do about it. */
export function BrowserCheck() {
  const { t } = useTranslation();
  const [round, setRound] = useState(0);
  const outcomes = useOutcomes(round);
  const said = verdict(outcomes);
  const kind =
    said === 'good' ? 'success' : said === 'waiting' || outcomes[said as Check] === 'lesser' ? 'info' : 'error';
  return (
    <section data-testid="browser-check" data-verdict={said}>
      <h1>{t('help.check')}</h1>
      <Alert type={kind} showIcon title={t(`browserCheck.verdict.${said}`)} />
      <table className={styles.checks}>
        <tbody>
          {CHECKS.map((check) => (
            <tr key={check} data-check={check} data-outcome={outcomes[check]}>
              <th>{t(`browserCheck.${check}.name`)}</th>
              <td className={styles[LOOK[outcomes[check]]]}>
                {SIGN[outcomes[check]]} {t(`browserCheck.outcome.${outcomes[check]}`)}
              </td>
              <td>{t(`browserCheck.${check}.text`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.muted}>{navigator.userAgent}</p>
      <Button onClick={() => setRound((before) => before + 1)}>{t('browserCheck.again')}</Button>
    </section>
  );
}

function useOutcomes(round: number): Record<Check, Outcome> {
  const [known] = useState(able);
  const [reached, setReached] = useState<boolean | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    let over = false;
    setReached(null);
    void reachesByWebSocket().then((yes) => !over && setReached(yes));
    return () => {
      over = true;
    };
  }, [round]);
  const all = { ...known, websocket: reached };
  return Object.fromEntries(CHECKS.map((check) => [check, outcomeOf(check, all[check])])) as Record<Check, Outcome>;
}
