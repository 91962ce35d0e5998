import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Popconfirm, Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Designation, DesignationForm } from '@/api';
import { DayField } from '@/components/DayField';
import styles from '@/components/law/law.module.css';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { addDesignation, endDesignation } from '@/lib/server';
import { may, usePerson } from '@/lib/session';

const KINDS: readonly DesignationForm['kind'][] = [
  'key_security_unit',
  'counter_terror_key_target',
  'fixed_key_spot',
  'high_crime_area',
  'state_secret_area',
  'near_secret_unit',
  'secret_unit_consents',
  'building_authorised',
];

/** What authorities decided about a place: facts with a paper, never guesses. */
export function Designations({ placeId, designations }: { placeId: string; designations: Designation[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const installs = may(usePerson(), 'channel.manage');
  const [adding, setAdding] = useState(false);
  const renew = () => queries.invalidateQueries({ queryKey: ['law', 'place', placeId] });
  const end = useMutation({ mutationFn: endDesignation, onSettled: renew });
  return (
    <section className={styles.designations}>
      <h3>{t('law.designation.title')}</h3>
      <p className={styles.below}>{t('law.designation.text')}</p>
      <ProblemNote error={end.error} />
      <Table
        rowKey="id"
        size="small"
        dataSource={designations}
        pagination={false}
        locale={{ emptyText: t('law.designation.none') }}
        data-testid="designations"
        columns={[
          { title: t('law.designation.kind'), render: (_value, { name }) => inLanguage(name, language) },
          { title: t('law.designation.authority'), dataIndex: 'authority' },
          { title: t('law.designation.document'), dataIndex: 'document' },
          { title: t('law.designation.issued'), dataIndex: 'issued_on', width: 150, className: 'tabular' },
          { title: t('law.designation.by'), dataIndex: 'recorded_by', width: 160 },
          {
            width: 90,
            align: 'end',
            render: (_value, { id }) =>
              installs && (
                <Popconfirm
                  title={t('law.designation.endQuestion')}
                  okText={t('law.designation.end')}
                  cancelText={t('form.cancel')}
                  onConfirm={() => end.mutate(id)}
                >
                  <Button size="small">{t('law.designation.end')}</Button>
                </Popconfirm>
              ),
          },
        ]}
      />
      {installs && !adding && (
        <Button icon={<PlusOutlined />} onClick={() => setAdding(true)} data-testid="add-designation">
          {t('law.designation.add')}
        </Button>
      )}
      {installs && adding && (
        <Add
          placeId={placeId}
          onDone={async () => {
            setAdding(false);
            await renew();
          }}
          onCancel={() => setAdding(false)}
        />
      )}
    </section>
  );
}

function Add({ placeId, onDone, onCancel }: { placeId: string; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const add = useMutation({ mutationFn: (form: DesignationForm) => addDesignation(placeId, form), onSuccess: onDone });
  const needed = { required: true, whitespace: true, message: t('form.required') };
  return (
    <Form<DesignationForm> layout="vertical" requiredMark={false} className={styles.form ?? ''} onFinish={add.mutate}>
      <div className={styles.fields}>
        <Form.Item
          name="kind"
          label={t('law.designation.kind')}
          rules={[{ required: true, message: t('form.required') }]}
        >
          <Select options={KINDS.map((value) => ({ value, label: t(`law.designation.is.${value}`) }))} />
        </Form.Item>
        <Form.Item name="authority" label={t('law.designation.authority')} rules={[needed]}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="document" label={t('law.designation.document')} rules={[needed]}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="issued_on" label={t('law.designation.issued')} rules={[needed]}>
          <DayField />
        </Form.Item>
      </div>
      <ProblemNote error={add.error} />
      <div className={styles.tools}>
        <Button type="primary" htmlType="submit" loading={add.isPending} data-testid="save-designation">
          {t('law.designation.add')}
        </Button>
        <Button onClick={onCancel}>{t('form.cancel')}</Button>
      </div>
    </Form>
  );
}
