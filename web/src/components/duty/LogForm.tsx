import { AimOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DutyLogEntry } from '@/api';
import { ChannelSelect } from '@/components/ChannelSelect';
import { ProblemNote } from '@/components/ProblemNote';
import { serverNowUs } from '@/lib/clock';
import { useDraft } from '@/lib/draftState';
import { CATEGORIES, type Category, DUTY_KEY } from '@/lib/duty';
import { writeDutyLog } from '@/lib/server';
import { dateTimeOf, isoOf, parseMoment } from '@/lib/time';
import styles from './LogForm.module.css';

export interface Moment {
  channelId: string;
  name: string;
  us: number;
}

interface Props {
  draft: string;
  /** Given: this camera at this time. Without it one can be chosen. */
  moment?: Moment | null;
  corrects?: DutyLogEntry | null;
  onWritten: (entry: DutyLogEntry) => void;
  autoFocus?: boolean;
}

/** One entry of the duty log: what kind, what happened, and where it can be seen. */
export function LogForm({ draft, moment = null, corrects = null, onWritten, autoFocus = false }: Props) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [text, setText, forgetText] = useDraft(draft);
  const [reported, setReported, forgetReported] = useDraft(`${draft}.reported`);
  const [category, setCategory] = useState<Category>('watch');
  const [channelId, setChannelId] = useState<string | null>(null);
  const [when, setWhen] = useState('');
  const atUs = moment?.us ?? (when ? parseMoment(when, serverNowUs()) : null);
  const attached = moment?.channelId ?? channelId;
  const write = useMutation({
    mutationFn: () =>
      writeDutyLog({
        category: corrects ? (corrects.category as Category) : category,
        text: text.trim(),
        reported_to: reported.trim(),
        ...(attached && { attached: { channel_id: attached, at: isoOf(atUs ?? serverNowUs()) } }),
        ...(corrects && { corrects: corrects.id }),
      }),
    onSuccess: (entry) => {
      forgetText();
      forgetReported();
      setChannelId(null);
      setWhen('');
      message.success(t('shift.logged', { number: entry.number }));
      onWritten(entry);
      return queries.invalidateQueries({ queryKey: DUTY_KEY });
    },
  });
  const suspicious = (corrects?.category ?? category) === 'suspicious';
  const unread = channelId !== null && when !== '' && atUs === null;
  const ready = text.trim() !== '' && !unread;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) write.mutate();
      }}
    >
      {!corrects && (
        <Select<Category>
          value={category}
          onChange={setCategory}
          aria-label={t('shift.categoryLabel')}
          options={CATEGORIES.map((value) => ({ value, label: t(`shift.category.${value}`) }))}
          data-testid="log-category"
        />
      )}
      <Input.TextArea
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoSize={{ minRows: 2, maxRows: 6 }}
        maxLength={4_000}
        autoFocus={autoFocus}
        aria-label={t('shift.logText')}
        placeholder={t('shift.logPlaceholder')}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.ctrlKey && ready) write.mutate();
        }}
        data-testid="log-text"
      />
      {suspicious && (
        <Input
          value={reported}
          onChange={(event) => setReported(event.target.value)}
          maxLength={200}
          aria-label={t('shift.reportedTo')}
          placeholder={t('shift.reportedPlaceholder')}
          data-testid="log-reported"
        />
      )}
      {moment ? (
        <span className={`${styles.moment} tabular`} data-testid="log-moment">
          <AimOutlined /> {moment.name} · {dateTimeOf(moment.us)}
        </span>
      ) : (
        <span className={styles.attach}>
          <ChannelSelect
            value={channelId}
            onChange={setChannelId}
            aria-label={t('shift.attachCamera')}
            className={styles.camera ?? ''}
            data-testid="log-camera"
          />
          {/* A time alone would be lost: it says where in the camera's recording to look. */}
          {channelId && (
            <Input
              value={when}
              onChange={(event) => setWhen(event.target.value)}
              status={unread ? 'error' : ''}
              aria-label={t('shift.attachTime')}
              placeholder={t('shift.attachNow')}
              data-testid="log-time"
            />
          )}
          {unread && <span role="alert">{t('playback.goToWrong')}</span>}
        </span>
      )}
      <ProblemNote error={write.error} />
      <Button type="primary" htmlType="submit" disabled={!ready} loading={write.isPending} data-testid="log-write">
        {t(corrects ? 'shift.correct' : 'shift.write')}
      </Button>
    </form>
  );
}
