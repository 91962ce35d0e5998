import { DisconnectOutlined, LoadingOutlined, PauseCircleOutlined, StopOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveState, Retry } from '@/components/player/liveState';
import { codecName } from '@/lib/codec';
import { useLanguage } from '@/lib/i18n';
import { wordsOfProblem } from '@/lib/problem';
import { clockOf, dateTimeOf } from '@/lib/time';
import styles from './TileMessage.module.css';

/** What lies over the picture whenever it is not live. */
export function TileMessage({ state, empty, missing }: { state: LiveState; empty: boolean; missing: boolean }) {
  const { t } = useTranslation();
  if (empty) return <p className={styles.empty}>{t('live.emptyHint')}</p>;
  if (missing && state.kind !== 'playing') return <Note icon={<StopOutlined />} title={t('live.missing')} />;
  switch (state.kind) {
    case 'playing':
      return null;
    case 'frozen':
      return (
        <Note icon={<PauseCircleOutlined />} title={t('live.frozen', { time: clockOf(state.wallUs) })} strong>
          {state.retry ? <RetryWords retry={state.retry} /> : t(state.camera ? 'live.cameraAway' : 'live.frozenWhy')}
        </Note>
      );
    case 'offline':
      return <Offline state={state} />;
    case 'retrying':
      return (
        <Note icon={<DisconnectOutlined />} title={t('live.noPicture')}>
          <RetryWords retry={state.retry} />
        </Note>
      );
    case 'unsupported':
      return (
        <Note icon={<StopOutlined />} title={t('live.unsupported', { codec: codecName(state.mime) })}>
          {t('live.unsupportedAdvice')}
        </Note>
      );
    case 'refused':
      return (
        <Note icon={<StopOutlined />} title={t('live.refused')}>
          {t('live.refusedAdvice')}
        </Note>
      );
    case 'connecting':
      return <Note icon={<LoadingOutlined spin />} title={t(state.camera ? 'live.cameraAway' : 'live.connecting')} />;
    case 'paused':
    case 'idle':
      return <Note icon={<LoadingOutlined spin />} title={t('live.connecting')} />;
  }
}

function Offline({ state }: { state: Extract<LiveState, { kind: 'offline' }> }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = state.problem && wordsOfProblem(state.problem, language);
  const title = t('live.offline', { time: dateTimeOf(state.sinceUs) });
  return (
    <Note icon={<DisconnectOutlined />} title={words?.what ?? title} strong>
      {words && <span>{words.why}</span>}
      {words && <strong>{words.advice}</strong>}
      <span className={styles.since}>
        {words && title}
        {state.wallUs !== null && ` ${t('live.frozen', { time: clockOf(state.wallUs) })}`}
      </span>
    </Note>
  );
}

function RetryWords({ retry }: { retry: Retry }) {
  const { t } = useTranslation();
  return (
    <>
      {t(`live.retry.${retry.reason}`)} {t('live.retry.attempt', { number: retry.attempt })}
    </>
  );
}

interface NoteProps {
  icon: ReactNode;
  title: string;
  strong?: boolean;
  children?: ReactNode;
}

function Note({ icon, title, strong, children }: NoteProps) {
  return (
    <div className={styles.note} role="status">
      <span className={styles.icon} aria-hidden="true">
        {icon}
      </span>
      <span className={`${styles.title} ${strong ? styles.strong : ''} tabular`}>{title}</span>
      {children && <div className={styles.text}>{children}</div>}
    </div>
  );
}
