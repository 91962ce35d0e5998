import { Button, Form, Popconfirm, Select, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { NewStatutoryRole, StatutoryRole } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { EntrySelect } from '@/components/RegistrySelects';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { endStatutoryRole } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';

import styles from './registry.module.css';
import { useSaving } from './useSaving';

const ROLES = ['builder', 'using_unit', 'owner', 'manager', 'maintainer', 'supervising_department'] as const;

interface Props {
  roles: StatutoryRole[];
  onGive: (body: NewStatutoryRole) => Promise<unknown>;
}

/** Which organisation has which statutory role towards a place or a system, and had. */
export function Roles({ roles, onGive }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const manages = may(usePerson(), 'registry.manage');
  const [form] = Form.useForm<NewStatutoryRole>();
  const give = useSaving(onGive, () => form.resetFields());
  const end = useSaving(endStatutoryRole);
  return (
    <>
      <Table
        rowKey="id"
        size="small"
        dataSource={roles}
        pagination={false}
        locale={{ emptyText: t('registry.roles.none') }}
        columns={[
          { title: t('registry.roles.role'), render: (_value, one) => inLanguage(one.role, language) },
          { title: t('registry.roles.unit'), dataIndex: 'organisation' },
          {
            title: t('registry.roles.since'),
            render: (_value, one) => <span className="tabular">{dateTimeOf(microsOf(one.since))}</span>,
          },
          {
            title: t('registry.roles.until'),
            render: (_value, one) => {
              if (one.until !== null) return <span className="tabular">{dateTimeOf(microsOf(one.until))}</span>;
              if (!manages) return t('registry.channel.now');
              return (
                <Popconfirm title={t('registry.end')} onConfirm={() => end.mutate(one.id)}>
                  <Button size="small">{t('registry.end')}</Button>
                </Popconfirm>
              );
            },
          },
        ]}
      />
      {manages && (
        <Form form={form} layout="vertical" requiredMark={false} className={styles.framed ?? ''} onFinish={give.mutate}>
          <div className={styles.pair}>
            <Form.Item
              name="role"
              label={t('registry.roles.role')}
              rules={[{ required: true, message: t('form.required') }]}
            >
              <Select options={ROLES.map((value) => ({ value, label: t(`registry.role.${value}`) }))} />
            </Form.Item>
            <Form.Item
              name="organisation_id"
              label={t('registry.roles.unit')}
              rules={[{ required: true, message: t('form.required') }]}
            >
              <EntrySelect kind="organisation" />
            </Form.Item>
          </div>
          <Button htmlType="submit" loading={give.isPending}>
            {t('registry.roles.give')}
          </Button>
        </Form>
      )}
      <ProblemNote error={give.error ?? end.error} />
    </>
  );
}
