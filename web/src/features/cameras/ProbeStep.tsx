import { CheckCircleFilled } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Probe } from '@/api';
import { FindCameras } from '@/components/discovery/FindCameras';
import { IntoView } from '@/components/IntoView';
import { ProblemNote } from '@/components/ProblemNote';
import { codecName, soundWords } from '@/lib/codec';
import { useLanguage } from '@/lib/i18n';
import { wordsOfProblem } from '@/lib/problem';
import { probeCamera } from '@/lib/server';
import { takeApart } from './cameraAddress';
import type { CameraForm } from './draft';
import styles from './ProbeStep.module.css';
import { StreamFields } from './StreamFields';

interface StepProps {
  /** The channel whose device this camera is to be, when it has one. */
  channelId?: string;
  probe: Probe | null;
  onProbed: (probe: Probe | null) => void;
}

export function ProbeStep({ channelId, probe, onProbed }: StepProps) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<CameraForm>();
  const test = useMutation({
    mutationFn: () => {
      const { url, username, password, transport, subUrl } = form.getFieldsValue(true) as CameraForm;
      return probeCamera({
        url: url.trim(),
        username: username ?? '',
        password: password ?? '',
        transport: transport ?? 'auto',
        sub_url: (subUrl ?? '').trim(),
        channel_id: channelId ?? null,
      });
    },
    onMutate: () => onProbed(null),
    onSuccess: onProbed,
  });
  const divide = () => divideAddress(form);
  const start = async () => {
    divide();
    await form.validateFields(['url']).then(
      () => test.mutate(),
      () => undefined,
    );
  };
  return (
    <>
      <div className={styles.find}>
        <FindCameras
          onChosen={(chosen) => {
            form.setFieldsValue(chosen);
            onProbed(null);
          }}
        />
      </div>
      <Form.Item
        name="url"
        label={t('cameras.url')}
        extra={t('cameras.urlHint')}
        rules={[{ required: true, whitespace: true, message: t('form.required') }]}
      >
        <Input
          placeholder="rtsp://192.168.1.64:554/Streaming/Channels/101"
          onBlur={divide}
          autoComplete="off"
          spellCheck={false}
          autoFocus
        />
      </Form.Item>
      <div className={styles.pair}>
        <Form.Item name="username" label={t('cameras.username')}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="password" label={t('cameras.password')} extra={t('cameras.passwordHint')}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </div>
      <StreamFields onSubTyped={divide} />
      <div className={styles.test}>
        <Button type={probe ? 'default' : 'primary'} onClick={start} loading={test.isPending} data-testid="probe">
          {t(probe ? 'cameras.testAgain' : 'cameras.test')}
        </Button>
        {test.isPending && <Elapsed />}
      </div>
      <IntoView when={test.error}>
        <ProblemNote error={test.error} />
      </IntoView>
      {probe && <Found key={probe.probe_id} probe={probe} />}
    </>
  );
}

/** Move a user and password out of the addresses into their own fields; those of the main stream count. */
function divideAddress(form: ReturnType<typeof Form.useFormInstance<CameraForm>>): void {
  for (const field of ['subUrl', 'url'] as const) {
    const parts = takeApart(form.getFieldValue(field) ?? '');
    form.setFieldValue(field, parts.url);
    if (parts.username !== null) form.setFieldValue('username', parts.username);
    if (parts.password !== null) form.setFieldValue('password', parts.password);
  }
}

function Elapsed() {
  const { t } = useTranslation();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <span className={`${styles.elapsed} tabular`} role="status">
      {t('cameras.testing', { seconds })}
    </span>
  );
}

function Found({ probe }: { probe: Probe }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { picture } = probe;
  const place = useRef<HTMLElement>(null);
  return (
    <figure ref={place} className={styles.found} data-testid="probe-found">
      <img
        src={probe.still}
        alt={t('cameras.still')}
        onLoad={() => place.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })}
      />
      <figcaption>
        <span className={styles.ok}>
          <CheckCircleFilled /> {t('cameras.found')}
        </span>
        <span>
          {codecName(picture.codec)} · {picture.width}×{picture.height} ·{' '}
          {t('cameras.fps', { fps: Math.round(picture.fps) })}
        </span>
        <span>
          {t('sound.title')} {picture.sound ? soundWords(picture.sound, t) : t('sound.none')} ·{' '}
          {probe.transport.toUpperCase()}
        </span>
        {probe.sound_left_out && (
          <span className={styles.warning}>{t('sound.leftOut', { codec: probe.sound_left_out })}</span>
        )}
        {probe.sub_picture && (
          <span data-testid="probe-sub">
            {t('live.sub')} {codecName(probe.sub_picture.codec)} · {probe.sub_picture.width}×{probe.sub_picture.height}
          </span>
        )}
        {probe.sub_problem && (
          <span className={styles.warning} data-testid="probe-sub">
            {t('cameras.subRefused')} {wordsOfProblem(probe.sub_problem, language).what}
          </span>
        )}
        {probe.server && <span className={styles.server}>{probe.server}</span>}
      </figcaption>
      <ProblemNote problem={probe.obstacle} />
    </figure>
  );
}
