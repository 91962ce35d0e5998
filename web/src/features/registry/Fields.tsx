import { Form, InputNumber, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PositionForm } from '@/api';
import { RegionSelect } from '@/components/RegistrySelects';
import styles from './registry.module.css';

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
            style={{ width: 130 }}
            placeholder={t('registry.position.longitude')}
            aria-label={t('registry.position.longitude')}
          />
        </Form.Item>
        <Form.Item name="latitude" noStyle>
          <InputNumber
            min={-90}
            max={90}
            step={0.0001}
            style={{ width: 130 }}
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
