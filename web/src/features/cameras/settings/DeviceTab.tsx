import { SwapOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel, Probe } from '@/api';
import styles from '@/components/device/device.module.css';
import { Past } from '@/components/device/Past';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { CHANNELS_KEY } from '@/lib/channels';
import { standing } from '@/lib/problem';
import { channelHistory, replaceDevice } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import type { CameraForm } from '../draft';
import { ProbeStep } from '../ProbeStep';

/** Which devices delivered this channel, and the way to put another one in its place. */
export function DeviceTab({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const [replacing, setReplacing] = useState(false);
  const history = useQuery({
    queryKey: ['registry', 'history', channel.id],
    queryFn: () => channelHistory(channel.id),
  });
  const manages = may(usePerson(), 'channel.manage') && channel.state !== 'retired';
  const known = standing(history);
  if (!known) return <Loading error={history.error} />;
  return (
    <>
      <p className={styles.hint}>{t('device.hint')}</p>
      {manages && !replacing && (
        <Button icon={<SwapOutlined />} onClick={() => setReplacing(true)} data-testid="replace-device">
          {t('device.replace')}
        </Button>
      )}
      {replacing && <Replace channel={channel} onDone={() => setReplacing(false)} />}
      <div data-testid="device-history">
        <Past history={known} />
      </div>
    </>
  );
}

interface ReplaceForm extends CameraForm {
  maker: string;
  model: string;
  serial: string;
}

/** First the new camera has to answer; what was tested takes over. */
function Replace({ channel, onDone }: { channel: Channel; onDone: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<ReplaceForm>();
  const [probe, setProbe] = useState<Probe | null>(null);
  const replace = useMutation({
    mutationFn: () => {
      const { maker = '', model = '', serial = '' } = form.getFieldsValue(true) as Partial<ReplaceForm>;
      return replaceDevice(channel.id, probe?.probe_id ?? '', { maker, model, serial });
    },
    onSuccess: async () => {
      message.success(t('device.replaced', { name: channel.name }));
      await queries.invalidateQueries({ queryKey: ['registry'] });
      await queries.invalidateQueries({ queryKey: CHANNELS_KEY });
      onDone();
    },
  });
  const changed = (fields: Partial<ReplaceForm>) => {
    const tested = ['url', 'username', 'password', 'transport', 'subUrl'].some((field) => field in fields);
    if (tested) setProbe(null);
    if (replace.isError) replace.reset();
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      className={styles.replace ?? ''}
      initialValues={{ transport: 'auto' }}
      onValuesChange={changed}
      onFinish={() => replace.mutate()}
      data-testid="replace-form"
    >
      <ProbeStep channelId={channel.id} probe={probe} onProbed={setProbe} />
      {probe &&
        (['maker', 'model', 'serial'] as const).map((name) => (
          <Form.Item key={name} name={name} label={t(`device.${name}`)}>
            <Input maxLength={100} autoComplete="off" />
          </Form.Item>
        ))}
      <ProblemNote error={replace.error} />
      <div className={styles.actions}>
        <Button
          type="primary"
          htmlType="submit"
          disabled={!probe || probe.obstacle !== null}
          loading={replace.isPending}
          data-testid="save-replacement"
        >
          {t('device.takeOver')}
        </Button>
        <Button onClick={onDone}>{t('form.cancel')}</Button>
      </div>
    </Form>
  );
}
