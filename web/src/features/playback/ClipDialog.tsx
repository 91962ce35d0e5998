import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Form, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ChannelsSelect } from '@/components/ChannelSelect';
import { ClipCard } from '@/components/ClipCard';
import { ProblemNote } from '@/components/ProblemNote';
import { RangeFields, rangeOf, type TypedRange, typedRange } from '@/components/RangeFields';
import { ReasonField } from '@/components/ReasonField';
import { Floating } from '@/components/Surface';
import { CLIPS_KEY, isMaking, useClips } from '@/lib/clips';
import { createClip } from '@/lib/server';
import { DAY_US } from '@/lib/time';
import { CopiedBefore } from './CopiedBefore';
import type { Stretch } from './timeline/geometry';
import { MOMENTS_KEY } from './timeline/useMoments';

export interface Filled extends TypedRange {
  channels: string[];
  reason: string;
}

interface ClipDialogProps {
  open: boolean;
  /** What it begins with. */
  channelIds: readonly string[];
  span: Stretch;
  reason: string;
  onClose: () => void;
}

const MOST_CHANNELS = 16;
const MOST_US = DAY_US;

/** Ask for a copy of footage, see it being made, and download it. Closing the dialog does not stop it. */
export function ClipDialog(props: ClipDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Filled>();
  const [made, setMade] = useState<string | null>(null);
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: (filled: Filled) => createClip(filled.channels, rangeOf(filled), filled.reason.trim()),
    onSuccess: async (clip) => {
      queries.invalidateQueries({ queryKey: MOMENTS_KEY });
      await queries.invalidateQueries({ queryKey: CLIPS_KEY });
      setMade(clip.id);
    },
  });
  return (
    <Modal
      open={props.open}
      title={t('clips.makeTitle')}
      okText={t('clips.begin')}
      cancelText={t(made ? 'clips.close' : 'form.cancel')}
      onOk={form.submit}
      onCancel={props.onClose}
      okButtonProps={{ style: made ? { display: 'none' } : {} }}
      confirmLoading={make.isPending}
      afterClose={() => {
        make.reset();
        setMade(null);
      }}
      width={680}
      destroyOnHidden
      data-testid="clip-modal"
    >
      <Floating>
        {made ? <Made id={made} /> : <Asked {...props} form={form} onFinish={make.mutate} />}
        <ProblemNote error={make.error} />
      </Floating>
    </Modal>
  );
}

interface AskedProps extends ClipDialogProps {
  form: ReturnType<typeof Form.useForm<Filled>>[0];
  onFinish: (filled: Filled) => void;
}

function Asked({ channelIds, span, reason, form, onFinish }: AskedProps) {
  const { t } = useTranslation();
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      preserve={false}
      initialValues={{ channels: [...channelIds], ...typedRange(span.startUs, span.endUs), reason }}
      onFinish={onFinish}
    >
      <p style={{ marginTop: 0, color: 'var(--muted)' }}>{t('clips.what')}</p>
      <Form.Item
        name="channels"
        label={t('clips.channels')}
        rules={[{ required: true, type: 'array', min: 1, message: t('form.required') }]}
      >
        <ChannelsSelect most={MOST_CHANNELS} />
      </Form.Item>
      <RangeFields mostUs={MOST_US} />
      <CopiedBefore form={form} />
      <ReasonField placeholder={t('clips.reasonExample')} />
    </Form>
  );
}

function Made({ id }: { id: string }) {
  const { t } = useTranslation();
  const clips = useClips();
  const clip = clips.items?.find((one) => one.id === id);
  return (
    <>
      {clip ? <ClipCard clip={clip} /> : <p>{t('clips.gone')}</p>}
      <p style={{ marginBottom: 0 }}>
        {clip && isMaking(clip) && `${t('clips.goesOn')} `}
        <Link to="/clips">{t('clips.toList')}</Link>
      </p>
    </>
  );
}
