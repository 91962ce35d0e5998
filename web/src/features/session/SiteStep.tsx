import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SetUpSite } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { listDivisions } from '@/lib/server';
import styles from './SetUpPage.module.css';

export type FilledSite = SetUpSite;
const KINDS = ['institution', 'enterprise', 'government', 'police', 'community', 'other'] as const;

/** Whose installation it is, and where: province, prefecture, county, by the codes of GB/T 2260. */
export function SiteStep({ site, onDone }: { site: FilledSite | null; onDone: (site: FilledSite) => void }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<string[]>(site ? [`${site.region_code.slice(0, 2)}0000`] : []);
  const chosen = way.at(-1) ?? '';
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      className={styles.narrow ?? ''}
      initialValues={{ organisation: site?.organisation, kind: site?.kind ?? 'institution' }}
      onFinish={(filled: { organisation: string; kind: FilledSite['kind'] }) =>
        onDone({ organisation: filled.organisation.trim(), kind: filled.kind, region_code: chosen })
      }
    >
      <Form.Item
        name="organisation"
        label={t('setUp.site.organisation')}
        rules={[{ required: true, whitespace: true, max: 64, message: t('form.required') }]}
      >
        <Input autoFocus placeholder={t('setUp.site.example')} data-testid="organisation" />
      </Form.Item>
      <Form.Item name="kind" label={t('setUp.site.kind')}>
        <Select options={KINDS.map((value) => ({ value, label: t(`setUp.site.kinds.${value}`) }))} />
      </Form.Item>
      <Form.Item label={t('setUp.site.region')} extra={chosen && t('setUp.site.code', { code: chosen })}>
        {[0, 1, 2].slice(0, way.length + 1).map((level) => (
          <Division
            key={`${level} ${way[level - 1] ?? ''}`}
            above={way[level - 1] ?? ''}
            value={way[level] ?? null}
            onChoose={(code) => setWay([...way.slice(0, level), code])}
          />
        ))}
      </Form.Item>
      <Button type="primary" size="large" htmlType="submit" disabled={way.length === 0}>
        {t('steps.next')}
      </Button>
    </Form>
  );
}

function Division({
  above,
  value,
  onChoose,
}: {
  above: string;
  value: string | null;
  onChoose: (code: string) => void;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const found = useQuery({
    queryKey: ['divisions', above],
    queryFn: () => listDivisions(above),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (found.error) return <ProblemNote error={found.error} />;
  if (found.data?.length === 0) return null;
  return (
    <Select
      showSearch={{ optionFilterProp: 'label' }}
      loading={found.isPending}
      value={value}
      onChange={onChoose}
      placeholder={t('setUp.site.choose')}
      style={{ width: 166, marginInlineEnd: 6 }}
      options={(found.data ?? []).map((one) => ({ value: one.code, label: inLanguage(one, language) }))}
      data-testid="division"
    />
  );
}
