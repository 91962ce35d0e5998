import { ApiOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Popconfirm, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewToken, Program, Token } from '@/api';
import { Loading } from '@/components/Loading';
import { OneTimeLink, type Shown } from '@/components/OneTimeLink';
import { ProblemNote } from '@/components/ProblemNote';
import { EmptyState } from '@/components/page/EmptyState';
import { Bar } from '@/components/page/Page';
import { Floating } from '@/components/Surface';
import { PROGRAMS_KEY, usePrograms } from '@/lib/people';
import { addProgram, disableProgram, issueToken, revokeToken } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './PeoplePage.module.css';

/** Service accounts and their tokens: what each may do, until when, and when it was used last. */
export function Programs() {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'people.manage');
  const queries = useQueryClient();
  const [form] = Form.useForm<{ login_name: string; display_name: string }>();
  const [issuing, setIssuing] = useState<Program | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const found = usePrograms();
  const refresh = () => queries.invalidateQueries({ queryKey: PROGRAMS_KEY });
  const add = useMutation({ mutationFn: addProgram, onSuccess: () => form.resetFields(), onSettled: refresh });
  const revoke = useMutation({ mutationFn: revokeToken, onSettled: refresh });
  const disable = useMutation({ mutationFn: disableProgram, onSettled: refresh });
  return (
    <>
      <Bar note={t('programs.what')}>
        {manages && (
          <Form form={form} layout="inline" onFinish={add.mutate}>
            <Form.Item name="login_name" rules={[{ required: true, message: t('form.required') }]}>
              <Input placeholder="svc.city" aria-label={t('person.loginName')} style={{ width: 130 }} />
            </Form.Item>
            <Form.Item name="display_name" rules={[{ required: true, message: t('form.required') }]}>
              <Input placeholder={t('programs.nameExample')} aria-label={t('programs.name')} style={{ width: 190 }} />
            </Form.Item>
            <Button type="primary" htmlType="submit" icon={<ApiOutlined />} loading={add.isPending}>
              {t('programs.add')}
            </Button>
          </Form>
        )}
      </Bar>
      <ProblemNote error={found.error ?? add.error ?? revoke.error ?? disable.error} />
      {found.isPending && <Loading />}
      {found.data?.items.length === 0 && <EmptyState small words={t('programs.none')} />}
      {found.data?.items.map((program) => (
        <section key={program.id} className={styles.program} data-testid={`program-${program.login_name}`}>
          <h3>
            {program.display_name}
            <span className={styles.below}>{program.login_name}</span>
            {program.disabled_at && <Tag variant="outlined">{t('people.disabled')}</Tag>}
            <span className={styles.spring} />
            {manages && !program.disabled_at && (
              <>
                <Button size="small" icon={<PlusOutlined />} onClick={() => setIssuing(program)}>
                  {t('programs.issue')}
                </Button>
                <Popconfirm
                  title={t('programs.disableWhat')}
                  okText={t('people.act.disable')}
                  cancelText={t('form.cancel')}
                  onConfirm={() => disable.mutate(program.id)}
                >
                  <Button size="small" danger>
                    {t('people.act.disable')}
                  </Button>
                </Popconfirm>
              </>
            )}
          </h3>
          <Table<Token>
            rowKey="id"
            size="small"
            dataSource={program.tokens}
            pagination={false}
            locale={{ emptyText: t('programs.noTokens') }}
            columns={[
              { title: t('programs.token'), dataIndex: 'name', width: 160 },
              {
                title: t('programs.permissions'),
                render: (_value, one) => one.permissions.map((name) => <Tag key={name}>{name}</Tag>),
              },
              {
                title: t('programs.until'),
                width: 180,
                render: (_value, one) => <span className="tabular">{dateTimeOf(microsOf(one.expires_at))}</span>,
              },
              {
                title: t('programs.used'),
                width: 180,
                render: (_value, one) => (
                  <span className="tabular">
                    {one.used_at ? dateTimeOf(microsOf(one.used_at)) : t('programs.never')}
                  </span>
                ),
              },
              {
                title: t('cameras.actions'),
                width: 100,
                align: 'end',
                render: (_value, one) =>
                  manages && (
                    <Button size="small" danger onClick={() => revoke.mutate(one.id)}>
                      {t('programs.revoke')}
                    </Button>
                  ),
              },
            ]}
          />
        </section>
      ))}
      <Issue
        program={issuing}
        permissions={found.data?.permissions ?? []}
        onClose={() => setIssuing(null)}
        onIssued={(name, secret) => {
          refresh();
          setShown({ title: t('programs.secretOf', { name }), value: secret, note: t('programs.secretNote') });
        }}
      />
      <OneTimeLink shown={shown} onClose={() => setShown(null)} />
    </>
  );
}

function Issue({
  program,
  permissions,
  onClose,
  onIssued,
}: {
  program: Program | null;
  permissions: string[];
  onClose: () => void;
  onIssued: (name: string, secret: string) => void;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<NewToken>();
  const issue = useMutation({
    mutationFn: (body: NewToken) => issueToken(program?.id ?? '', body),
    onSuccess: ({ token, secret }) => {
      onClose();
      onIssued(token.name, secret);
    },
  });
  return (
    <Modal
      open={program !== null}
      title={t('programs.issueTo', { name: program?.display_name ?? '' })}
      okText={t('programs.issue')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={issue.isPending}
      afterClose={() => issue.reset()}
      destroyOnHidden
    >
      <Floating>
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={issue.mutate}>
          <Form.Item
            name="name"
            label={t('programs.token')}
            rules={[{ required: true, whitespace: true, message: t('form.required') }]}
          >
            <Input autoFocus autoComplete="off" />
          </Form.Item>
          <Form.Item
            name="permissions"
            label={t('programs.permissions')}
            rules={[{ required: true, message: t('form.required') }]}
          >
            <Select mode="multiple" options={permissions.map((value) => ({ value, label: value }))} />
          </Form.Item>
          <Form.Item name="days" label={t('programs.days')} initialValue={90}>
            <InputNumber min={1} max={366} />
          </Form.Item>
          <ProblemNote error={issue.error} />
        </Form>
      </Floating>
    </Modal>
  );
}
