import { Alert, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { Copyable } from '@/components/Copyable';
import { Floating } from '@/components/Surface';

export interface Shown {
  title: string;
  value: string;
  note: string;
}

/** Something that is shown once: a link or a secret to hand to one person. */
export function OneTimeLink({ shown, onClose }: { shown: Shown | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open={shown !== null}
      title={shown?.title}
      okText={t('oneTime.done')}
      cancelButtonProps={{ style: { display: 'none' } }}
      onOk={onClose}
      onCancel={onClose}
      mask={{ closable: false }}
      destroyOnHidden
    >
      <Floating>
        {shown && (
          <>
            <Alert type="warning" showIcon title={t('oneTime.once')} style={{ marginBottom: 16 }} />
            <Copyable value={shown.value} label={shown.title} testId="one-time" />
            <p style={{ marginBottom: 0 }}>{shown.note}</p>
          </>
        )}
      </Floating>
    </Modal>
  );
}
