import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Popconfirm, type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeputyShown, Somebody } from '@/api';
import { DayField } from '@/components/DayField';
import { PersonSelect } from '@/components/PersonSelect';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { Bar, Two } from '@/components/page/Page';
import { Floating } from '@/components/Surface';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { usePages, useTablePages } from '@/lib/pages';
import { appointDeputy, endDeputy, listDeputies } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { DAY_US, dateTimeOf, isoOf, microsOf, parseAddressTime } from '@/lib/time';
import { spanWords } from './Grants';
import { DEPUTIES_KEY } from './queries';

const PAGE = 15;

/** Who stands in for whom, and until when. */
export function Deputies() {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const manages = may(usePerson(), 'grants.manage');
  const [appointing, setAppointing] = useState(false);
  const deputies = usePages([...DEPUTIES_KEY], listDeputies);
  const pagination = useTablePages(deputies, PAGE);
  const end = useMutation({
    mutationFn: endDeputy,
    onSettled: () => queries.invalidateQueries({ queryKey: DEPUTIES_KEY }),
  });
  const columns = useMemo(
    () => columnsIn(t, language, manages ? end.mutate : null),
    [t, language, manages, end.mutate],
  );
  return (
    <>
      <Bar note={t('permissions.deputies.text')}>
        {manages && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAppointing(true)} data-testid="appoint">
            {t('permissions.deputies.appoint')}
          </Button>
        )}
      </Bar>
      <ProblemNote error={end.error ?? deputies.error} />
      <DataTable
        rowKey="id"
        loading={deputies.isPending}
        failed={Boolean(deputies.error)}
        columns={columns}
        dataSource={deputies.items ?? []}
        pagination={pagination}
        empty={<EmptyState small words={t('permissions.deputies.none')} />}
        data-testid="deputies"
      />
      <Appoint open={appointing} onClose={() => setAppointing(false)} />
    </>
  );
}

interface Fields {
  absent_id: string;
  stand_in_id: string;
  until: string;
  note: string;
}

function Appoint({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const me = usePerson();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const appoint = useMutation({
    mutationFn: ({ until, ...fields }: Fields) =>
      appointDeputy({ ...fields, until_at: isoOf((parseAddressTime(`${until}T00:00:00+08:00`) ?? 0) + DAY_US) }),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: DEPUTIES_KEY });
    },
  });
  const needed = { required: true, message: t('form.required') };
  return (
    <Modal
      open={open}
      title={t('permissions.deputies.appoint')}
      okText={t('permissions.deputies.appoint')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={appoint.isPending}
      afterClose={() => appoint.reset()}
      destroyOnHidden
    >
      <Floating>
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={appoint.mutate}>
          <Form.Item name="absent_id" label={t('permissions.deputies.absent')} rules={[needed]}>
            <PersonSelect />
          </Form.Item>
          <Form.Item
            name="stand_in_id"
            label={t('permissions.deputies.standIn')}
            extra={t('permissions.deputies.hint')}
            rules={[needed]}
          >
            <PersonSelect without={me.id} />
          </Form.Item>
          <Form.Item name="until" label={t('permissions.until')} rules={[needed]}>
            <DayField />
          </Form.Item>
          <Form.Item name="note" label={t('permissions.note')} initialValue="">
            <Input maxLength={200} autoComplete="off" />
          </Form.Item>
          <ProblemNote error={appoint.error} />
        </Form>
      </Floating>
    </Modal>
  );
}

function columnsIn(
  t: TFunction,
  language: Language,
  onEnd: ((id: string) => void) | null,
): TableColumnsType<DeputyShown> {
  const named = (one: Somebody) => <Two above={one.display_name} below={inLanguage(one.role, language)} />;
  return [
    { title: t('permissions.deputies.standIn'), width: 190, render: (_value, one) => named(one.stand_in) },
    { title: t('permissions.deputies.absent'), width: 190, render: (_value, one) => named(one.absent) },
    {
      title: t('permissions.when'),
      width: 300,
      render: (_value, one) => spanWords(t, one.from_at, one.until_at),
    },
    {
      title: t('permissions.givenBy'),
      render: (_value, one) => (
        <Two above={[one.given_by, one.note].filter(Boolean).join('：')} below={dateTimeOf(microsOf(one.given_at))} />
      ),
    },
    {
      title: t('permissions.state'),
      width: 110,
      render: (_value, one) => (
        <Tag variant="outlined" color={one.holds ? 'success' : 'default'}>
          {t(one.holds ? 'permissions.is.holding' : one.ended_at ? 'permissions.is.ended' : 'permissions.is.waiting')}
        </Tag>
      ),
    },
    {
      title: t('cameras.actions'),
      width: 100,
      align: 'end',
      render: (_value, one) =>
        onEnd &&
        one.ended_at === null && (
          <Popconfirm
            title={t('permissions.deputies.endQuestion')}
            okText={t('permissions.deputies.end')}
            cancelText={t('form.cancel')}
            onConfirm={() => onEnd(one.id)}
          >
            <Button size="small">{t('permissions.deputies.end')}</Button>
          </Popconfirm>
        ),
    },
  ];
}
