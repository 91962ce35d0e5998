import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel, Device } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { CHANNELS_KEY } from '@/lib/channels';
import { codecName, soundWords } from '@/lib/codec';
import { setStreams } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { takeApart } from '../cameraAddress';
import { StreamFields } from '../StreamFields';
import styles from './settings.module.css';

/** What a camera sends, and how it is asked for it. */
export function StreamTab({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'channel.manage') && channel.state !== 'retired';
  const { picture, device } = channel;
  return (
    <div className={styles.tab} data-testid="stream">
      <dl className={styles.facts}>
        <Fact name={t('cameras.picture')}>
          {picture
            ? `${codecName(picture.codec)} · ${picture.width}×${picture.height} · ${t('cameras.fps', { fps: Math.round(picture.fps) })}`
            : t('cameras.noPicture')}
        </Fact>
        <Fact name={t('sound.title')}>
          <SoundFact channel={channel} />
        </Fact>
        <Fact name={t('cameras.url')}>
          <code>{device.address}</code>
        </Fact>
        {!manages && <Fact name={t('cameras.transport')}>{t(`cameras.transports.${device.transport}`)}</Fact>}
        {!manages && <Fact name={t('cameras.subUrl')}>{device.sub_address ?? t('cameras.noSub')}</Fact>}
      </dl>
      {manages && <StreamForm key={channel.id} channel={channel} />}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function SoundFact({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const sound = channel.picture?.sound;
  if (sound) return soundWords(sound, t);
  if (!channel.sound_left_out) return t('sound.none');
  return <span className={styles.reason}>{t('sound.leftOut', { codec: channel.sound_left_out })}</span>;
}

interface StreamForm {
  transport: Device['transport'];
  subUrl: string;
}

function StreamForm({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<StreamForm>();
  const save = useMutation({
    mutationFn: ({ transport, subUrl }: StreamForm) => setStreams(channel.id, transport, subUrl.trim()),
    onSuccess: async (changed) => {
      queries.setQueryData<Channel[]>(CHANNELS_KEY, (before) =>
        before?.map((one) => (one.id === changed.id ? changed : one)),
      );
      form.setFieldValue('subUrl', changed.device.sub_address ?? '');
      message.success(t('cameras.streamsSaved', { name: changed.name }));
    },
  });
  // The stars of a hidden password are no password: only an address that was typed anew has one.
  const divide = () => form.setFieldValue('subUrl', takeApart(form.getFieldValue('subUrl') ?? '').url);
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      className={styles.form ?? ''}
      initialValues={{ transport: channel.device.transport, subUrl: channel.device.sub_address ?? '' }}
      onFinish={save.mutate}
    >
      <StreamFields onSubTyped={divide} />
      <ProblemNote error={save.error} />
      <Button type="primary" htmlType="submit" loading={save.isPending} data-testid="save-streams">
        {t('cameras.saveStreams')}
      </Button>
    </Form>
  );
}
