import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { HOLDS_KEY } from '@/lib/holds';
import { placeHold, type Span } from '@/lib/server';
import { ChannelsSelect } from './ChannelSelect';
import { ProblemNote } from './ProblemNote';
import { RangeFields, rangeOf, type TypedRange, typedRange } from './RangeFields';
import { ReasonField } from './ReasonField';
import { Floating } from './Surface';

interface Filled extends TypedRange {
  channels: string[];
  reason: string;
}

interface PlaceHoldProps {
  open: boolean;
  channelIds: readonly string[];
  /** What the fields begin with; null leaves them empty. */
  span: Span | null;
  onClose: () => void;
}

/** Keep a range of a channel from deletion until somebody with that right lifts the hold. */
export function PlaceHold({ open, channelIds, span, onClose }: PlaceHoldProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Filled>();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const place = useMutation({
    mutationFn: async (filled: Filled) => {
      for (const id of filled.channels) await placeHold(id, rangeOf(filled), filled.reason.trim());
    },
    onSuccess: async () => {
      message.success(t('holds.placed'));
      queries.invalidateQueries({ queryKey: ['moments'] });
      await queries.invalidateQueries({ queryKey: HOLDS_KEY });
      onClose();
    },
  });
  const initial = { channels: [...channelIds], ...(span ? typedRange(span.startUs, span.endUs) : {}) };
  return (
    <Modal
      open={open}
      title={t('holds.place')}
      okText={t('holds.place')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={place.isPending}
      afterClose={() => place.reset()}
      width={600}
      destroyOnHidden
    >
      <Floating>
        <p style={{ marginTop: 0, color: 'var(--muted)' }}>{t('holds.what')}</p>
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          preserve={false}
          initialValues={initial}
          onFinish={place.mutate}
        >
          <Form.Item
            name="channels"
            label={t('clips.channels')}
            rules={[{ required: true, type: 'array', min: 1, message: t('form.required') }]}
          >
            <ChannelsSelect most={16} />
          </Form.Item>
          <RangeFields />
          <ReasonField placeholder={t('holds.reasonExample')} />
          <ProblemNote error={place.error} />
        </Form>
      </Floating>
    </Modal>
  );
}
