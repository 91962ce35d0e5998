import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Progress as Bar, Button, Drawer, Form, Input, Table, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Bulk, BulkRequest, BulkRow } from '@/api';
import { LawGate } from '@/components/law/LawGate';
import { ProblemNote } from '@/components/ProblemNote';
import { EntrySelect, KindSelect } from '@/components/RegistrySelects';
import { Floating } from '@/components/Surface';
import { CHANNELS_KEY } from '@/lib/channels';
import { useLanguage } from '@/lib/i18n';
import { wordsOfProblem } from '@/lib/problem';
import { addCameras, addedCameras } from '@/lib/server';

import styles from './registry.module.css';

const EVERY_MS = 1000;
const COLOURS = { waiting: 'default', testing: 'processing', added: 'success', failed: 'error' } as const;

interface Props {
  open: boolean;
  place: { id: string; name: string } | null;
  onClose: () => void;
}

export function BulkDrawer({ open, place, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer open={open} onClose={onClose} title={t('registry.many.title')} size={860} destroyOnHidden>
      <Floating>
        <BulkForm place={place} />
      </Floating>
    </Drawer>
  );
}

/** Many cameras of one place with one password; each is tested, and what came of it is told. */
function BulkForm({ place }: { place: Props['place'] }) {
  const { t } = useTranslation();
  const [begun, setBegun] = useState<Bulk | null>(null);
  const start = useMutation({ mutationFn: addCameras, onSuccess: setBegun });
  const required = { required: true, whitespace: true, message: t('form.required') };
  if (begun) return <Progress begun={begun} onAgain={() => setBegun(null)} />;
  return (
    <Form<BulkRequest>
      layout="vertical"
      requiredMark={false}
      initialValues={{
        place_id: place?.id,
        url: 'rtsp://{host}:554/Streaming/Channels/101',
        sub_url: '',
        username: 'admin',
        spot_kind: 'unclassified',
      }}
      onFinish={(form) => start.mutate({ ...form, name: form.name.trim(), spot: form.spot.trim() })}
      onValuesChange={() => start.isError && start.reset()}
      data-testid="bulk"
    >
      <Form.Item
        name="cameras"
        label={t('registry.many.cameras')}
        extra={t('registry.many.camerasHint')}
        rules={[required]}
      >
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} placeholder="192.168.1.20-69" />
      </Form.Item>
      <Form.Item name="url" label={t('registry.many.url')} extra={t('registry.many.urlHint')}>
        <Input spellCheck={false} maxLength={1024} />
      </Form.Item>
      <Form.Item name="sub_url" label={t('registry.many.subUrl')}>
        <Input spellCheck={false} maxLength={1024} placeholder="rtsp://{host}:554/Streaming/Channels/102" />
      </Form.Item>
      <div className={styles.pair}>
        <Form.Item name="username" label={t('registry.many.username')}>
          <Input autoComplete="off" maxLength={128} />
        </Form.Item>
        <Form.Item name="password" label={t('registry.many.password')} extra={t('registry.many.passwordHint')}>
          <Input.Password autoComplete="new-password" maxLength={256} />
        </Form.Item>
      </div>
      <Form.Item
        name="place_id"
        label={t('registry.many.place')}
        rules={[{ required: true, message: t('form.required') }]}
      >
        <EntrySelect kind="place" known={place} />
      </Form.Item>
      <div className={styles.pair}>
        <Form.Item name="name" label={t('registry.many.name')} extra={t('registry.many.nameHint')} rules={[required]}>
          <Input maxLength={90} />
        </Form.Item>
        <Form.Item name="spot" label={t('registry.many.spot')} rules={[required]}>
          <Input maxLength={100} />
        </Form.Item>
      </div>
      <Form.Item name="spot_kind" label={t('registry.spot.kind')} extra={t('registry.spot.kindHint')}>
        <KindSelect spotsFirst />
      </Form.Item>
      <LawGate
        error={start.error}
        onDecide={(decision) => start.variables && start.mutate({ ...start.variables, decision })}
      />
      <Button type="primary" htmlType="submit" loading={start.isPending} data-testid="bulk-start">
        {t('registry.many.start')}
      </Button>
    </Form>
  );
}

function Progress({ begun, onAgain }: { begun: Bulk; onAgain: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: ['bulk', begun.id],
    queryFn: () => addedCameras(begun.id),
    initialData: begun,
    refetchInterval: ({ state }) => (state.data?.done ? false : EVERY_MS),
  });
  const { added, failed, done, rows } = asked.data;
  useEffect(() => {
    if (!done) return;
    queries.invalidateQueries({ queryKey: ['registry'] });
    queries.invalidateQueries({ queryKey: CHANNELS_KEY });
  }, [done, queries]);
  return (
    <div data-testid="bulk-progress" data-done={done}>
      <Alert
        showIcon
        type={done ? (failed ? 'warning' : 'success') : 'info'}
        title={t(done ? 'registry.many.done' : 'registry.many.running', { added, failed, total: rows.length })}
        action={done && <Button onClick={onAgain}>{t('registry.many.again')}</Button>}
      />
      {!done && (
        <Bar
          percent={Math.round(((added + failed) / Math.max(1, rows.length)) * 100)}
          aria-label={t('registry.many.state')}
        />
      )}
      <ProblemNote error={asked.error} />
      <Table
        rowKey="number"
        size="small"
        className={styles.below ?? ''}
        dataSource={rows}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        columns={[
          { title: '#', dataIndex: 'number', width: 48, align: 'end' },
          { title: t('registry.column.name'), dataIndex: 'name', width: 120 },
          { title: t('registry.many.cameras'), render: (_value, row) => <code>{row.address ?? '—'}</code> },
          { title: t('registry.many.state'), width: 300, render: (_value, row) => <Result row={row} /> },
        ]}
      />
    </div>
  );
}

function Result({ row }: { row: BulkRow }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = row.problem && wordsOfProblem(row.problem, language);
  return (
    <span className={styles.result}>
      <Tag color={COLOURS[row.state]}>{t(`registry.many.${row.state}`)}</Tag>
      {words && <span title={`${words.why} ${words.advice}`}>{words.what}</span>}
      {row.picture && (
        <span className="tabular">
          {row.picture.width}×{row.picture.height}
        </span>
      )}
    </span>
  );
}
