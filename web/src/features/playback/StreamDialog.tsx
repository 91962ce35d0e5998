import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Form, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { Copyable } from '@/components/Copyable';
import { ProblemNote } from '@/components/ProblemNote';
import { RangeFields, rangeOf, type TypedRange, typedRange } from '@/components/RangeFields';
import { Floating } from '@/components/Surface';
import { openStream } from '@/lib/server';
import { clockOf, DAY_US, microsOf } from '@/lib/time';
import type { Stretch } from './timeline/geometry';

interface StreamDialogProps {
  open: boolean;
  viewId: string;
  channelId: string;
  span: Stretch;
  onClose: () => void;
}

/** An address for another player: short-lived, ends with this view. */
export function StreamDialog({ open, viewId, channelId, span, onClose }: StreamDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<TypedRange>();
  const make = useMutation({ mutationFn: (filled: TypedRange) => openStream(viewId, channelId, rangeOf(filled)) });
  return (
    <Modal
      open={open}
      title={t('stream.title')}
      footer={null}
      onCancel={onClose}
      afterClose={() => make.reset()}
      width={640}
      destroyOnHidden
    >
      <Floating>
        <p style={{ marginTop: 0, color: 'var(--muted)' }}>{t('stream.what')}</p>
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          preserve={false}
          initialValues={typedRange(span.startUs, span.endUs)}
          onFinish={make.mutate}
        >
          <RangeFields mostUs={DAY_US} />
          <Button
            type={make.data ? 'default' : 'primary'}
            htmlType="submit"
            loading={make.isPending}
            data-testid="make-stream"
          >
            {t(make.data ? 'stream.again' : 'stream.make')}
          </Button>
        </Form>
        <ProblemNote error={make.error} />
        {make.data && (
          <div style={{ marginTop: 16 }}>
            <Copyable value={make.data.url} label={t('stream.address')} testId="stream-url" />
            <Alert
              type="warning"
              showIcon
              style={{ marginTop: 12 }}
              title={t('stream.expires', { time: clockOf(microsOf(make.data.expires_at)) })}
            />
          </div>
        )}
      </Floating>
    </Modal>
  );
}
