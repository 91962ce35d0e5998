import { DeleteOutlined, DownloadOutlined, FileTextOutlined } from '@ant-design/icons';
import { Button, Popconfirm, Progress, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Clip } from '@/api';
import { bytesWords } from '@/lib/bytes';
import { isMaking, useDeleteClip } from '@/lib/clips';
import { durationWords } from '@/lib/duration';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { clipAddress, manifestAddress } from '@/lib/server';
import { clockOf, dateTimeOf, microsOf } from '@/lib/time';
import styles from './ClipCard.module.css';
import { Copyable } from './Copyable';
import { ProblemNote } from './ProblemNote';

const COLOUR = {
  waiting: 'default',
  running: 'processing',
  ready: 'success',
  failed: 'error',
  cancelled: 'default',
  expired: 'default',
} as const;

/** A copy of footage: what is in it, how far it is, the file with its digest, and what is not in it and why. */
export function ClipCard({ clip }: { clip: Clip }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [startUs, endUs] = [microsOf(clip.start), microsOf(clip.end)];
  return (
    <article className={styles.card} data-testid="clip" data-state={clip.state} data-clip={clip.id}>
      <header className={styles.head}>
        <Tag variant="outlined" color={COLOUR[clip.state]}>
          {inLanguage(clip, language)}
        </Tag>
        <strong>{clip.channels.map((channel) => channel.name).join(language === 'zh-CN' ? '、' : ', ')}</strong>
        <span className="tabular">
          {dateTimeOf(startUs)} –{' '}
          {dateTimeOf(endUs).slice(0, 10) === dateTimeOf(startUs).slice(0, 10) ? clockOf(endUs) : dateTimeOf(endUs)}
        </span>
        <span className={`${styles.muted} tabular`}>{durationWords(endUs - startUs, t)}</span>
      </header>
      <p className={`${styles.muted} tabular`}>
        {t('clips.asked', { time: dateTimeOf(microsOf(clip.created_at)), reason: clip.reason })}
        {clip.state === 'ready' && ` ${t('clips.until', { time: dateTimeOf(microsOf(clip.expires_at)) })}`}
      </p>
      {isMaking(clip) && <Making clip={clip} />}
      {clip.file && <Ready clip={clip} file={clip.file} />}
      <ProblemNote problem={clip.problem} />
      <LeftOut clip={clip} />
      <Actions clip={clip} />
    </article>
  );
}

function Making({ clip }: { clip: Clip }) {
  const { t } = useTranslation();
  const share = clip.total_bytes > 0 ? clip.done_bytes / clip.total_bytes : 0;
  return (
    <div className={styles.making} role="status">
      <Progress percent={Math.floor(share * 100)} size="small" status="active" />
      <span className={`${styles.muted} tabular`}>
        {t('clips.progress', { done: bytesWords(clip.done_bytes), total: bytesWords(clip.total_bytes) })}
      </span>
    </div>
  );
}

function Ready({ clip, file }: { clip: Clip; file: NonNullable<Clip['file']> }) {
  const { t } = useTranslation();
  return (
    <div className={styles.ready}>
      <span className={`${styles.name} tabular`}>
        {file.name} · {bytesWords(file.size)}
        {clip.parts.length > 1 && ` · ${t('clips.parts', { number: clip.parts.length + clip.more })}`}
      </span>
      <div className={styles.digest}>
        <span>SHA-256</span>
        <Copyable value={file.sha256} label="SHA-256" testId="sha256" />
      </div>
      {clip.parts.some((part) => part.sound === 'alaw' || part.sound === 'ulaw') && (
        <p className={styles.muted} data-testid="clip-g711">
          {t('clips.g711')}
        </p>
      )}
    </div>
  );
}

const MOST_SHOWN = 5;

function LeftOut({ clip }: { clip: Clip }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (clip.left_out.length === 0) return null;
  const nameOf = (id: string) => clip.channels.find((channel) => channel.id === id)?.name ?? '';
  const rest = clip.left_out.length - MOST_SHOWN + clip.more;
  return (
    <details className={styles.leftOut}>
      <summary>{t('clips.leftOut', { number: clip.left_out.length + clip.more })}</summary>
      <ul className="tabular">
        {clip.left_out.slice(0, MOST_SHOWN).map((one) => (
          <li key={`${one.channel}${one.start}${one.cause}`}>
            {nameOf(one.channel)} {dateTimeOf(microsOf(one.start))} – {clockOf(microsOf(one.end))}{' '}
            {inLanguage(one, language)}
          </li>
        ))}
      </ul>
      {rest > 0 && <p className={styles.muted}>{t('clips.more', { number: rest })}</p>}
    </details>
  );
}

function Actions({ clip }: { clip: Clip }) {
  const { t } = useTranslation();
  const remove = useDeleteClip();
  return (
    <div className={styles.actions}>
      {clip.file && (
        <>
          <Button
            type="primary"
            icon={<DownloadOutlined />}
            href={clipAddress(clip.id)}
            download
            data-testid="download"
          >
            {t('clips.download')}
          </Button>
          <Button icon={<FileTextOutlined />} href={manifestAddress(clip.id)} download>
            {t('clips.manifest')}
          </Button>
        </>
      )}
      {clip.state !== 'cancelled' && (
        <Popconfirm
          title={t(isMaking(clip) ? 'clips.stopAsk' : 'clips.deleteAsk')}
          okText={t(isMaking(clip) ? 'clips.stop' : 'clips.delete')}
          cancelText={t('form.cancel')}
          onConfirm={() => remove.mutate(clip.id)}
        >
          <Button danger icon={<DeleteOutlined />} loading={remove.isPending} data-testid="delete-clip">
            {t(isMaking(clip) ? 'clips.stop' : 'clips.delete')}
          </Button>
        </Popconfirm>
      )}
      <ProblemNote error={remove.error} />
    </div>
  );
}
