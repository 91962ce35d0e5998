import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { probeCamera, readNetwork } from '@/lib/server';
import { Step } from './Step';
import styles from './steps.module.css';

/** Which networks cameras may be in, and whether one of them answers. */
export function NetworkStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const network = useQuery({ queryKey: ['network-step'], queryFn: readNetwork });
  const test = useMutation({
    mutationFn: ({ url, username, password }: { url: string; username?: string; password?: string }) =>
      probeCamera({ url: url.trim(), username: username ?? '', password: password ?? '' }),
  });
  return (
    <Step step="network" onDone={onDone}>
      <ProblemNote error={network.error} />
      <dl className={styles.facts}>
        <dt>{t('steps.network.allowed')}</dt>
        <dd>
          {network.data?.allowed.map((one) => (
            <Tag key={one} className="tabular">
              {one}
            </Tag>
          ))}
        </dd>
      </dl>
      <p>{t('steps.network.try')}</p>
      <Form layout="vertical" requiredMark={false} onFinish={test.mutate} style={{ maxWidth: 560 }}>
        <Form.Item name="url" rules={[{ required: true, whitespace: true, message: t('form.required') }]}>
          <Input placeholder="rtsp://192.168.1.64:554/" aria-label={t('steps.network.address')} />
        </Form.Item>
        <div className={styles.fields}>
          <Form.Item name="username" style={{ margin: 0 }}>
            <Input placeholder={t('steps.network.user')} autoComplete="off" />
          </Form.Item>
          <Form.Item name="password" style={{ margin: 0 }}>
            <Input.Password placeholder={t('person.password')} autoComplete="off" />
          </Form.Item>
          <Button htmlType="submit" loading={test.isPending} data-testid="try-address">
            {t('steps.network.test')}
          </Button>
        </div>
      </Form>
      {test.data && <Alert type="success" showIcon title={t('steps.network.answers')} data-testid="answers" />}
      <ProblemNote error={test.error} />
    </Step>
  );
}
