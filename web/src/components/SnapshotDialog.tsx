import { useMutation } from '@tanstack/react-query';
import { Button, Form, Modal } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { ReasonField } from '@/components/ReasonField';
import { Floating } from '@/components/Surface';
import { bytesOfBase64, saveFile } from '@/lib/saveFile';
import { type Snapshot, takeSnapshot } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './SnapshotDialog.module.css';

export interface SnapshotTarget {
  viewId: string;
  channelId: string;
  name: string;
  /** The frame on the screen; null for the newest live one. */
  moment: { us: number; epoch: number | null } | null;
  /** What was said when the view was opened. */
  reason?: string | null;
}

/** Take one picture out of the system: why, then the picture and its sidecar to keep. */
export function SnapshotDialog({ target, onClose }: { target: SnapshotTarget | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ reason: string }>();
  const take = useMutation({
    mutationFn: ({ reason, from }: { reason: string; from: SnapshotTarget }) =>
      takeSnapshot(from.viewId, from.channelId, from.moment, reason.trim()),
    onSuccess: save,
  });
  return (
    <Modal
      open={target !== null}
      title={t('snapshot.title', { name: target?.name ?? '' })}
      okText={t('snapshot.take')}
      cancelText={t(take.data ? 'snapshot.close' : 'form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      okButtonProps={{ style: take.data ? { display: 'none' } : {} }}
      confirmLoading={take.isPending}
      afterClose={take.reset}
      width={560}
      destroyOnHidden
      data-testid="snapshot-dialog"
    >
      <Floating>
        {take.data ? (
          <Taken snapshot={take.data} />
        ) : (
          <>
            <p className={styles.what}>
              {target?.moment ? t('snapshot.ofMoment', { time: dateTimeOf(target.moment.us) }) : t('snapshot.ofLive')}{' '}
              {t('snapshot.what')}
            </p>
            <Form
              form={form}
              layout="vertical"
              requiredMark={false}
              preserve={false}
              initialValues={{ reason: target?.reason ?? '' }}
              onFinish={({ reason }) => target && take.mutate({ reason, from: target })}
            >
              <ReasonField placeholder={t('reason.placeholder')} autoFocus />
            </Form>
          </>
        )}
        <ProblemNote error={take.error} />
      </Floating>
    </Modal>
  );
}

function save(snapshot: Snapshot): void {
  saveFile(snapshot.name, new Blob([bytesOfBase64(snapshot.image)], { type: snapshot.media_type }));
  saveFile(snapshot.sidecar_name, new Blob([snapshot.sidecar], { type: 'application/json' }));
}

function Taken({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTranslation();
  const picture = useMemo(() => `data:${snapshot.media_type};base64,${snapshot.image}`, [snapshot]);
  return (
    <div data-testid="snapshot-taken">
      <img
        className={styles.picture}
        src={picture}
        alt={t('snapshot.alt', { time: dateTimeOf(microsOf(snapshot.at)) })}
      />
      <dl className={`${styles.facts} tabular`}>
        <dt>{t('snapshot.at')}</dt>
        <dd>{dateTimeOf(microsOf(snapshot.at))}</dd>
        <dt>{t('snapshot.size')}</dt>
        <dd>
          {snapshot.width}×{snapshot.height}
        </dd>
        <dt>SHA-256</dt>
        <dd className={styles.digest}>{snapshot.sha256}</dd>
      </dl>
      <p className={styles.what}>{t('snapshot.recorded')}</p>
      <Button onClick={() => save(snapshot)}>{t('snapshot.again')}</Button>
    </div>
  );
}
