import { useMutation } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Radio, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { setTerm } from '@/lib/server';
import styles from './settings.module.css';

interface Filled {
  kind: 'minimum' | 'maximum';
  source: 'law' | 'policy';
  scope: 'channel' | 'every';
  days: number;
  citation: string;
}

interface AddTermProps {
  channel: Channel;
  onDone: () => void;
  onCancel: () => void;
}

/** A term and who says so: a term from a law names the text and the article. */
export function AddTerm({ channel, onDone, onCancel }: AddTermProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Filled>();
  const source = Form.useWatch('source', form) ?? 'law';
  const add = useMutation({
    mutationFn: ({ kind, days, source: from, scope, citation }: Filled) =>
      setTerm({
        channel_id: scope === 'channel' ? channel.id : null,
        kind,
        days,
        source: from,
        citation: (citation ?? '').trim(),
      }),
    onSuccess: onDone,
  });
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      className={styles.form ?? ''}
      initialValues={{ kind: 'minimum', source: 'law', scope: 'channel', days: 30 }}
      onFinish={add.mutate}
    >
      <div className={styles.pairs}>
        <Form.Item name="kind" label={t('retention.kindTitle')}>
          <Radio.Group
            optionType="button"
            options={(['minimum', 'maximum'] as const).map((value) => ({ value, label: t(`retention.kind.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="days" label={t('retention.term')} rules={[{ required: true, message: t('form.required') }]}>
          <InputNumber min={1} max={36_500} precision={0} suffix={t('retention.dayUnit')} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="source" label={t('retention.sourceTitle')} extra={t(`retention.sourceHint.${source}`)}>
          <Radio.Group
            optionType="button"
            options={(['law', 'policy'] as const).map((value) => ({ value, label: t(`retention.source.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="scope" label={t('retention.scope')}>
          <Radio.Group
            optionType="button"
            options={[
              { value: 'channel', label: t('retention.thisChannel') },
              { value: 'every', label: t('retention.everyChannel') },
            ]}
          />
        </Form.Item>
      </div>
      <Form.Item
        name="citation"
        label={t(`retention.citation.${source}`)}
        rules={source === 'law' ? [{ required: true, whitespace: true, message: t('retention.citationNeeded') }] : []}
      >
        <Input maxLength={200} placeholder={t(`retention.citationExample.${source}`)} />
      </Form.Item>
      <ProblemNote error={add.error} />
      <Space>
        <Button type="primary" htmlType="submit" loading={add.isPending} data-testid="save-term">
          {t('retention.save')}
        </Button>
        <Button onClick={onCancel}>{t('form.cancel')}</Button>
      </Space>
    </Form>
  );
}
