import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SpotForm, SpotOfPlace } from '@/api';
import { LawGate } from '@/components/law/LawGate';
import { KindSelect } from '@/components/RegistrySelects';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { addSpot, changeSpot, listKinds } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { type PositionFields, PositionInputs, positionOf } from './Fields';
import styles from './registry.module.css';
import { useSaving } from './useSaving';

/** What cameras look at in a place: what it is in the words of the texts, and what is seen from it. */
export function Spots({ placeId, spots }: { placeId: string; spots: SpotOfPlace[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const installs = may(usePerson(), 'channel.manage');
  const [edited, setEdited] = useState<SpotOfPlace | 'new' | null>(null);
  const kinds = useQuery({ queryKey: ['registry', 'kinds'], queryFn: listKinds, staleTime: Number.POSITIVE_INFINITY });
  const nameOf = (code: string) => {
    const kind = kinds.data?.find((one) => one.code === code);
    return kind ? inLanguage(kind, language) : t('registry.spot.unclassified');
  };
  return (
    <>
      <Table
        rowKey="id"
        size="small"
        dataSource={spots}
        pagination={{ pageSize: 12, hideOnSinglePage: true, showSizeChanger: false }}
        locale={{ emptyText: t('registry.spot.none') }}
        data-testid="spots"
        columns={[
          { title: t('registry.spot.name'), dataIndex: 'name' },
          { title: t('registry.spot.kind'), render: (_value, spot) => nameOf(spot.kind) },
          { title: t('registry.spot.view'), render: (_value, spot) => <span className="tabular">{viewOf(spot)}</span> },
          {
            width: 48,
            render: (_value, spot) =>
              installs && (
                <Button
                  type="text"
                  size="small"
                  icon={<EditOutlined />}
                  aria-label={t('registry.spot.edit')}
                  onClick={() => setEdited(spot)}
                />
              ),
          },
        ]}
      />
      {installs && edited === null && (
        <Button className={styles.below ?? ''} icon={<PlusOutlined />} onClick={() => setEdited('new')}>
          {t('registry.spot.new')}
        </Button>
      )}
      {edited !== null && (
        <SpotFields
          key={edited === 'new' ? 'new' : edited.id}
          placeId={placeId}
          known={edited === 'new' ? null : edited}
          onDone={() => setEdited(null)}
        />
      )}
    </>
  );
}

function viewOf({ direction, field, range_m }: SpotOfPlace): string {
  const parts = [
    direction !== null && `${direction}°`,
    field !== null && `∠${field}°`,
    range_m !== null && `${range_m} m`,
  ];
  return parts.filter(Boolean).join(' · ') || '—';
}

type Fields = Omit<SpotForm, 'position'> & PositionFields;

function SpotFields({ placeId, known, onDone }: { placeId: string; known: SpotOfPlace | null; onDone: () => void }) {
  const { t } = useTranslation();
  const save = useSaving(({ longitude, latitude, datum, ...form }: Fields) => {
    const body: SpotForm = { ...form, position: positionOf({ longitude, latitude, datum } as PositionFields) };
    return known ? changeSpot(known.id, body) : addSpot(placeId, body);
  }, onDone);
  const required = { required: true, whitespace: true, message: t('form.required') };
  const numbers = [
    ['direction', 0, 359.9],
    ['field', 1, 360],
    ['range_m', 1, 20_000],
  ] as const;
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      className={styles.framed ?? ''}
      initialValues={known ?? { kind: 'unclassified' }}
      onFinish={save.mutate}
      onValuesChange={() => save.isError && save.reset()}
    >
      <div className={styles.pair}>
        <Form.Item name="name" label={t('registry.spot.name')} rules={[required]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="kind" label={t('registry.spot.kind')} extra={t('registry.spot.kindHint')}>
          <KindSelect spotsFirst />
        </Form.Item>
      </div>
      <div className={styles.three}>
        {numbers.map(([name, min, max]) => (
          <Form.Item key={name} name={name} label={t(`registry.spot.${name === 'range_m' ? 'range' : name}`)}>
            <InputNumber min={min} max={max} className={styles.wide ?? ''} />
          </Form.Item>
        ))}
      </div>
      <PositionInputs />
      <LawGate
        error={save.error}
        onDecide={(decision) => save.variables && save.mutate({ ...save.variables, decision })}
      />
      <div className={styles.actions}>
        <Button type="primary" htmlType="submit" loading={save.isPending} data-testid="save-spot">
          {t('registry.save')}
        </Button>
        <Button onClick={onDone}>{t('registry.cancel')}</Button>
      </div>
    </Form>
  );
}
