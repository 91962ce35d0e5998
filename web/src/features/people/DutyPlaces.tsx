import { DesktopOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DutyPlace } from '@/api';
import { OneTimeLink, type Shown } from '@/components/OneTimeLink';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { Bar } from '@/components/page/Page';
import { usePages, useTablePages } from '@/lib/pages';
import { addDutyPlace, endDutyPlace, listDutyPlaces } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';

const KEY = ['duty-places'] as const;
const PAGE = 20;

/** Browsers at which the operator on shift stays signed in for days, while everything but live locks by itself. */
export function DutyPlaces() {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'people.manage');
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const [shown, setShown] = useState<Shown | null>(null);
  const places = usePages([...KEY], listDutyPlaces);
  const pagination = useTablePages(places, PAGE);
  const refresh = () => queries.invalidateQueries({ queryKey: KEY });
  const add = useMutation({
    mutationFn: ({ name }: { name: string }) => addDutyPlace(name.trim()),
    onSuccess: ({ link_token }, { name }) => {
      form.resetFields();
      const value = `${window.location.origin}/duty-place?token=${encodeURIComponent(link_token)}`;
      setShown({ title: t('duty.linkFor', { name }), value, note: t('duty.linkNote') });
    },
    onSettled: refresh,
  });
  const end = useMutation({ mutationFn: endDutyPlace, onSettled: refresh });
  return (
    <>
      <Bar note={t('duty.what')}>
        {manages && (
          <Form form={form} layout="inline" onFinish={add.mutate}>
            <Form.Item name="name" rules={[{ required: true, whitespace: true, message: t('form.required') }]}>
              <Input placeholder={t('duty.nameExample')} aria-label={t('duty.name')} style={{ width: 230 }} />
            </Form.Item>
            <Button type="primary" htmlType="submit" icon={<DesktopOutlined />} loading={add.isPending}>
              {t('duty.add')}
            </Button>
          </Form>
        )}
      </Bar>
      <ProblemNote error={places.error ?? add.error ?? end.error} />
      <DataTable<DutyPlace>
        rowKey="id"
        loading={places.isPending}
        failed={Boolean(places.error)}
        dataSource={places.items ?? []}
        pagination={pagination}
        empty={<EmptyState small words={t('duty.none')} />}
        columns={[
          { title: t('duty.name'), dataIndex: 'name' },
          {
            title: t('duty.enrolled'),
            width: 220,
            render: (_value, one) => (
              <span className="tabular">
                {one.enrolled_at ? dateTimeOf(microsOf(one.enrolled_at)) : t('duty.notEnrolled')}
              </span>
            ),
          },
          { title: t('duty.holder'), width: 220, render: (_value, one) => one.holders.join('、') || '—' },
          {
            title: t('cameras.actions'),
            width: 120,
            align: 'end',
            render: (_value, one) =>
              manages && (
                <Popconfirm
                  title={t('duty.endWhat')}
                  okText={t('duty.end')}
                  cancelText={t('form.cancel')}
                  onConfirm={() => end.mutate(one.id)}
                >
                  <Button size="small" danger>
                    {t('duty.end')}
                  </Button>
                </Popconfirm>
              ),
          },
        ]}
      />
      <OneTimeLink shown={shown} onClose={() => setShown(null)} />
    </>
  );
}
