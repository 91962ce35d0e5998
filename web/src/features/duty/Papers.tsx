import { PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DutyArticle, DutyShift } from '@/api';
import { Loading } from '@/components/Loading';
import { PrintSheet } from '@/components/PrintSheet';
import { ProblemNote } from '@/components/ProblemNote';
import { DUTY_KEY } from '@/lib/duty';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { readHandover, readShift } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './DutyPage.module.css';
import { SheetFacts } from './SheetFacts';

const when = (moment: string | null): string => (moment === null ? '—' : dateTimeOf(microsOf(moment)));

function Paper({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <Link to="/duty">{t('shift.toDesk')}</Link>
        <span className={styles.spring} />
        <Button type="primary" icon={<PrinterOutlined />} onClick={() => window.print()} data-testid="print">
          {t('receipt.print')}
        </Button>
      </header>
      <PrintSheet label={label}>{children}</PrintSheet>
    </div>
  );
}

function Basis({ articles }: { articles: readonly DutyArticle[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (articles.length === 0) return null;
  return (
    <p>
      {t('shift.by')} {articles.map((one) => inLanguage(one.words, language)).join(t('grounds.between'))}
    </p>
  );
}

function ShiftLines({ shift, post }: { shift: DutyShift; post: string }) {
  const { t } = useTranslation();
  return (
    <table>
      <tbody>
        <tr>
          <th scope="row">{t('receipt.number')}</th>
          <td>{shift.number}</td>
          <th scope="row">{t('shift.post')}</th>
          <td>{post}</td>
        </tr>
        <tr>
          <th scope="row">{t('shift.person')}</th>
          <td>{shift.person}</td>
          <th scope="row">{t('shift.paperSpan')}</th>
          <td>{`${when(shift.begun_at)} – ${when(shift.ended_at)}`}</td>
        </tr>
      </tbody>
    </table>
  );
}

/** The duty log of one shift, as it is printed. */
export function ShiftPaper({ id }: { id: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const asked = useQuery({ queryKey: [...DUTY_KEY, 'shift', id], queryFn: () => readShift(id) });
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <ProblemNote error={asked.error} />;
  const { shift, post, entries, tasks, received, handed_over, articles } = asked.data;
  return (
    <Paper label={t('shift.paperLog')}>
      <h1>{t('shift.paperLog')}</h1>
      <ShiftLines shift={shift} post={post.name} />
      {received && <p>{t('shift.paperReceived', { number: received.number, name: received.by })}</p>}
      {handed_over && <p>{t('shift.paperHanded', { number: handed_over.number })}</p>}
      <h2>{t('shift.log')}</h2>
      <table>
        <thead>
          <tr>
            {(['receipt.number', 'shift.paperTime', 'shift.categoryLabel', 'shift.logText'] as const).map((one) => (
              <th key={one} scope="col">
                {t(one)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((one) => (
            <tr key={one.id}>
              <td>{one.number}</td>
              <td>{when(one.at)}</td>
              <td>{t(`shift.category.${one.category}`)}</td>
              <td>
                {one.corrects &&
                  t('shift.corrects', { number: entries.find((other) => other.id === one.corrects)?.number ?? '…' })}
                <p>{one.text}</p>
                {one.reported_to && <p>{t('shift.wasReported', { where: one.reported_to })}</p>}
                {one.attached && <p>{`${one.attached.name} · ${when(one.attached.at)}`}</p>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>{t('shift.tasks')}</h2>
      <table>
        <tbody>
          {tasks.map((one) => (
            <tr key={`${one.task.id} ${one.key}`}>
              <td>{inLanguage(one.task.title, language)}</td>
              <td>{when(one.due_at)}</td>
              <td>
                {one.task.kind === 'cameras' && t('shift.watched', { seen: one.seen, total: one.total })}{' '}
                {one.done
                  ? `${t(one.done.well ? 'shift.doneBy' : 'shift.doneNotWell', { name: one.done.by, time: when(one.done.at) })} ${one.done.note}`
                  : !one.finished && t('shift.notDone')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Basis articles={articles} />
      <p>{t('shift.paperSign')}</p>
    </Paper>
  );
}

/** A hand-over sheet with both halves, as it is printed. */
export function HandoverPaper({ id }: { id: string }) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: [...DUTY_KEY, 'handover', id], queryFn: () => readHandover(id) });
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <ProblemNote error={asked.error} />;
  const one = asked.data;
  return (
    <Paper label={t('shift.paperHandover')}>
      <h1>{t('shift.paperHandover')}</h1>
      <table>
        <tbody>
          <tr>
            <th scope="row">{t('receipt.number')}</th>
            <td data-testid="handover-paper-number">{one.number}</td>
            <th scope="row">{t('shift.post')}</th>
            <td>{one.post.name}</td>
          </tr>
          <tr>
            <th scope="row">{t('shift.outgoing')}</th>
            <td>{`${one.by} ${when(one.submitted_at)}`}</td>
            <th scope="row">{t('shift.incoming')}</th>
            <td>{one.to ? `${one.to} ${when(one.decided_at)}` : t(`shift.stage.${one.stage}`)}</td>
          </tr>
        </tbody>
      </table>
      <h2>{t('shift.summary')}</h2>
      <p>{one.summary}</p>
      <h2>{t('shift.collected')}</h2>
      <SheetFacts sheet={one.sheet} />
      {one.remark && (
        <>
          <h2>{t('shift.remark')}</h2>
          <p>{one.remark}</p>
        </>
      )}
      <h2>{t('shift.outgoingShift')}</h2>
      <ShiftLines shift={one.shift} post={one.post.name} />
      <Basis articles={one.articles} />
      <p>{t('shift.paperSignBoth')}</p>
    </Paper>
  );
}
