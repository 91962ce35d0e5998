import { CloseOutlined, DownloadOutlined, LinkOutlined, LockOutlined } from '@ant-design/icons';
import { Button, Space, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PlaceHold } from '@/components/PlaceHold';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { may, usePerson } from '@/lib/session';
import { clockOf } from '@/lib/time';
import { ClipDialog } from './ClipDialog';
import styles from './RangeBar.module.css';
import { StreamDialog } from './StreamDialog';
import { endOf, type Scope, type Stretch, startOf } from './timeline/geometry';
import type { Selection } from './useSelection';

interface RangeBarProps {
  /** All that are shown: what is copied and held, unless one says otherwise. */
  channelIds: readonly string[];
  channelId: string | null;
  scope: Scope;
  selection: Selection;
  viewId: string | null;
  /** Why the footage is looked at: what a copy of it is asked for with, unless another is typed. */
  reason: string | null;
  /** Asked for where a reason has to be given first. */
  onReason: () => void;
}

type Dialog = 'clip' | 'hold' | 'stream';

/** What is shown of the past, when nothing was selected. */
function visible(scope: Scope): Stretch {
  const latest = serverNowUs();
  const endUs = Math.min(endOf(scope), latest);
  return { startUs: Math.min(startOf(scope), endUs - 1_000_000), endUs };
}

/** Mark a range, and do something with it: copy it, keep it, open it in another player. */
export function RangeBar({ channelIds, channelId, scope, selection, viewId, reason, onReason }: RangeBarProps) {
  const { t } = useTranslation();
  const person = usePerson();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const span = selection.span ?? visible(scope);
  const close = () => setDialog(null);
  const none = channelId === null;
  const [clips, holds, streams] = [may(person, 'clip.make'), may(person, 'hold.place'), may(person, 'playback.view')];
  if (!clips && !holds && !streams) return null;
  return (
    <div className={styles.bar} data-testid="range-bar">
      <Space.Compact>
        <Tooltip title={t('select.startHint')}>
          <Button size="small" disabled={none} onClick={() => selection.mark('start')} data-testid="mark-start">
            {t('select.start')}
          </Button>
        </Tooltip>
        <Tooltip title={t('select.endHint')}>
          <Button size="small" disabled={none} onClick={() => selection.mark('end')} data-testid="mark-end">
            {t('select.end')}
          </Button>
        </Tooltip>
      </Space.Compact>
      <Selected selection={selection} />
      <span className={styles.spring} />
      {clips && (
        <Button icon={<DownloadOutlined />} disabled={none} onClick={() => setDialog('clip')} data-testid="clip-dialog">
          {t('clips.make')}
        </Button>
      )}
      {holds && (
        <Button icon={<LockOutlined />} disabled={none} onClick={() => setDialog('hold')} data-testid="hold-dialog">
          {t('holds.short')}
        </Button>
      )}
      {streams && (
        <Tooltip title={t('stream.hint')}>
          <Button
            icon={<LinkOutlined />}
            disabled={none}
            aria-label={t('stream.title')}
            onClick={() => (viewId ? setDialog('stream') : onReason())}
            data-testid="stream-dialog"
          />
        </Tooltip>
      )}
      <ClipDialog open={dialog === 'clip'} channelIds={channelIds} span={span} reason={reason ?? ''} onClose={close} />
      <PlaceHold open={dialog === 'hold'} channelIds={channelIds} span={span} onClose={close} />
      <StreamDialog
        open={dialog === 'stream' && viewId !== null}
        viewId={viewId ?? ''}
        channelId={channelId ?? ''}
        span={span}
        onClose={close}
      />
    </div>
  );
}

function Selected({ selection }: { selection: Selection }) {
  const { t } = useTranslation();
  const { span, clear } = selection;
  if (!span) return <span className={styles.hint}>{t('select.hint')}</span>;
  return (
    <span className={`${styles.selected} tabular`} data-testid="selected">
      {clockOf(span.startUs)} – {clockOf(span.endUs)} · {durationWords(span.endUs - span.startUs, t)}
      <Button
        type="text"
        size="small"
        icon={<CloseOutlined />}
        aria-label={t('select.clear')}
        title={t('select.clear')}
        onClick={clear}
      />
    </span>
  );
}
