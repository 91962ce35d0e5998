import { DownloadOutlined, InboxOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer, Segmented, Table, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TableReport } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { useLanguage } from '@/lib/i18n';
import { importTable, type TableKind, templateAddress, tryTable } from '@/lib/server';
import styles from './registry.module.css';

const KINDS = ['organisations', 'places', 'channels'] as const;

export function ImportDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={open} onClose={onClose} title={t('registry.table.title')} size={860} destroyOnHidden>
      <Floating>
        <ImportForm onClose={onClose} />
      </Floating>
    </Drawer>
  );
}

/** A table is tried first; only one without errors can be imported, and then all of it is. */
function ImportForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [kind, setKind] = useState<TableKind>('organisations');
  const [file, setFile] = useState<File | null>(null);
  const tried = useMutation({ mutationFn: (table: File) => tryTable(kind, table) });
  const imported = useMutation({
    mutationFn: () => importTable(kind, file as File),
    onSuccess: async (report) => {
      message.success(t('registry.table.imported', { rows: report.rows }));
      await queries.invalidateQueries({ queryKey: ['registry'] });
      onClose();
    },
  });
  const choose = (table: File) => {
    setFile(table);
    imported.reset();
    tried.mutate(table);
    return false;
  };
  const clean = tried.data && tried.data.error_count === 0;
  return (
    <div data-testid="import">
      <div className={styles.tools}>
        <Segmented
          value={kind}
          aria-label={t('registry.table.kind')}
          onChange={(value) => {
            setKind(value);
            setFile(null);
            tried.reset();
          }}
          options={KINDS.map((value) => ({ value, label: t(`registry.table.${value}`) }))}
        />
        <span className={styles.spring} />
        {(['xlsx', 'csv'] as const).map((form) => (
          <Button key={form} icon={<DownloadOutlined />} href={templateAddress(kind, form)}>
            {t('registry.table.template')} {form.toUpperCase()}
          </Button>
        ))}
      </div>
      <Upload.Dragger accept=".csv,.xlsx,text/csv" showUploadList={false} beforeUpload={choose}>
        <InboxOutlined style={{ fontSize: 32 }} />
        <p>{file?.name ?? t('registry.table.file')}</p>
        <p className={styles.hint}>{t('registry.table.fileHint')}</p>
      </Upload.Dragger>
      <div className={styles.below}>
        <ProblemNote error={tried.error ?? imported.error} />
        {tried.data && <Report report={tried.data} />}
      </div>
      {clean && (
        <Button
          type="primary"
          className={styles.below ?? ''}
          loading={imported.isPending}
          onClick={() => imported.mutate()}
          data-testid="import-now"
        >
          {t('registry.table.import', { rows: tried.data.rows })}
        </Button>
      )}
    </div>
  );
}

function Report({ report }: { report: TableReport }) {
  const { t } = useTranslation();
  const chinese = useLanguage() === 'zh-CN';
  const { rows, error_count: count, errors } = report;
  if (count === 0) return <Alert type="success" showIcon title={t('registry.table.tried', { rows })} />;
  return (
    <>
      <Alert type="warning" showIcon title={t('registry.table.wrong', { rows, count })} />
      <Table
        rowKey={(one) => `${one.row} ${one.column} ${one.en}`}
        size="small"
        className={styles.below ?? ''}
        dataSource={errors}
        pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
        data-testid="bad-rows"
        columns={[
          { title: t('registry.table.row'), dataIndex: 'row', width: 64, align: 'end' },
          { title: t('registry.table.column'), dataIndex: 'column', width: 140 },
          { title: t('registry.table.reason'), render: (_value, one) => (chinese ? one.zh : one.en) },
          { title: t('registry.table.advice'), render: (_value, one) => (chinese ? one.advice_zh : one.advice_en) },
        ]}
      />
      {count > errors.length && <p className={styles.hint}>{t('registry.table.onlySome', { shown: errors.length })}</p>}
    </>
  );
}
