import { useQuery } from '@tanstack/react-query';
import { Form, InputNumber, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PositionForm } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { listEntries, listKinds, listRegions } from '@/lib/server';
import styles from './registry.module.css';

const FOREVER = Number.POSITIVE_INFINITY;
const FOUND = 30;

interface Chosen {
  value?: string | null;
  onChange?: (code: string) => void;
  id?: string;
  'aria-label'?: string;
}

/** A division of the country by name or code. */
export function RegionSelect({ onChange, ...rest }: Chosen) {
  const { t } = useTranslation();
  const language = useLanguage();
  const regions = useQuery({ queryKey: ['regions'], queryFn: listRegions, staleTime: FOREVER });
  const options = (regions.data ?? []).map((region) => ({
    value: region.code,
    label: `${inLanguage(region, language)} ${region.code}`,
    search: `${region.zh} ${region.en} ${region.code}`,
  }));
  return (
    <Select
      {...rest}
      style={{ width: '100%' }}
      onChange={(code) => code && onChange?.(code)}
      loading={regions.isPending}
      options={options}
      showSearch={{ optionFilterProp: 'search' }}
      placeholder={t('cameras.chooseRegion')}
    />
  );
}

export function RegionField({ name = 'region_code' }: { name?: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name}
      label={t('registry.organisation.region')}
      rules={[{ required: true, message: t('form.required') }]}
    >
      <RegionSelect />
    </Form.Item>
  );
}

interface Named {
  id: string;
  name: string;
}

interface EntryProps {
  kind: 'organisation' | 'place';
  value?: string | null;
  onChange?: (id: string | null) => void;
  known?: Named | null;
  'aria-label'?: string;
  id?: string;
}

/** An organisation or a place, looked for on the server: there may be thousands. */
export function EntrySelect({ kind, value, onChange, known, ...rest }: EntryProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const found = useQuery({
    queryKey: ['registry', 'choose', kind, words],
    queryFn: () => listEntries(words, [kind], '', null, FOUND),
  });
  const options = (found.data?.items ?? []).map((entry) => ({
    value: entry.id,
    label: [...entry.above, entry.name].join(' / '),
  }));
  if (known && !words && !options.some((option) => option.value === known.id)) {
    options.unshift({ value: known.id, label: known.name });
  }
  return (
    <Select
      {...rest}
      style={{ width: '100%' }}
      allowClear
      value={value ?? null}
      onChange={(id: string | undefined) => onChange?.(id ?? null)}
      loading={found.isFetching}
      options={options}
      showSearch={{ filterOption: false, onSearch: setWords }}
      placeholder={t('registry.choose')}
    />
  );
}

interface KindProps {
  mode?: 'multiple';
  id?: string;
  value?: string | null;
  onChange?: (code: string) => void;
  /** Without the choice that nobody knows yet. */
  classified?: boolean;
  placeholder?: string;
  'aria-label'?: string;
}

/** Kinds of places and spots, as the texts name them. */
export function KindSelect({ classified = false, onChange, ...props }: KindProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useQuery({ queryKey: ['registry', 'kinds'], queryFn: listKinds, staleTime: FOREVER });
  const options = (kinds.data ?? []).map((kind) => ({
    value: kind.code,
    label: inLanguage(kind, language),
    search: `${kind.zh} ${kind.en} ${kind.code}`,
  }));
  if (!props.mode && !classified)
    options.unshift({ value: 'unclassified', label: t('registry.spot.unclassified'), search: '' });
  return (
    <Select
      {...props}
      style={{ width: '100%' }}
      onChange={(code) => code && onChange?.(code)}
      options={options}
      showSearch={{ optionFilterProp: 'search' }}
      loading={kinds.isPending}
    />
  );
}

export interface PositionFields {
  longitude?: number | null;
  latitude?: number | null;
  datum?: 'wgs84' | 'gcj02';
}

export function positionOf({ longitude, latitude, datum }: PositionFields): PositionForm | null {
  if (typeof longitude !== 'number' || typeof latitude !== 'number') return null;
  return { longitude, latitude, datum: datum ?? 'wgs84' };
}

/** Degrees, and what they mean: a web map's are not those of GPS. */
export function PositionInputs() {
  const { t } = useTranslation();
  return (
    <Form.Item label={t('registry.place.position')} extra={t('registry.position.hint')}>
      <div className={styles.row}>
        <Form.Item name="longitude" noStyle>
          <InputNumber
            min={-180}
            max={180}
            step={0.0001}
            placeholder={t('registry.position.longitude')}
            aria-label={t('registry.position.longitude')}
          />
        </Form.Item>
        <Form.Item name="latitude" noStyle>
          <InputNumber
            min={-90}
            max={90}
            step={0.0001}
            placeholder={t('registry.position.latitude')}
            aria-label={t('registry.position.latitude')}
          />
        </Form.Item>
        <Form.Item name="datum" noStyle initialValue="wgs84">
          <Segmented
            aria-label={t('registry.position.datum')}
            options={(['wgs84', 'gcj02'] as const).map((value) => ({ value, label: t(`registry.position.${value}`) }))}
          />
        </Form.Item>
      </div>
    </Form.Item>
  );
}
