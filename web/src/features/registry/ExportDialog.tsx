import { useMutation } from '@tanstack/react-query';
import { Button, Form, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { saveFile } from '@/lib/saveFile';
import { exportTable, type TableKind } from '@/lib/server';
import type { Chosen } from './RegistryTree';
import styles from './registry.module.css';

const KINDS = ['organisations', 'places', 'channels'] as const;

interface Props {
  open: boolean;
  under: Chosen | null;
  onClose: () => void;
}

/** Basic data leaves the system here: what it is and of which part, as the log will say. */
export function ExportDialog({ open, under, onClose }: Props) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<TableKind>('channels');
  const [format, setFormat] = useState<'xlsx' | 'csv'>('xlsx');
  const start = useMutation({
    mutationFn: () => exportTable({ kind, format, under: under?.node ?? '' }),
    onSuccess: (table) => {
      saveFile(`${kind}.${format}`, table);
      onClose();
    },
  });
  return (
    <Modal open={open} onCancel={onClose} title={t('registry.exporting.title')} footer={null} destroyOnHidden>
      <Floating>
        <p className={styles.hint}>{t('registry.exporting.hint')}</p>
        <p>{t('registry.exporting.under', { name: under?.name ?? t('registry.everywhere') })}</p>
        <Form layout="vertical">
          <Form.Item label={t('registry.exporting.what')}>
            <Segmented
              value={kind}
              onChange={setKind}
              options={KINDS.map((value) => ({ value, label: t(`registry.table.${value}`) }))}
            />
          </Form.Item>
          <Form.Item label={t('registry.exporting.form')}>
            <Segmented
              value={format}
              onChange={setFormat}
              options={(['xlsx', 'csv'] as const).map((value) => ({ value, label: value.toUpperCase() }))}
            />
          </Form.Item>
        </Form>
        <ProblemNote error={start.error} />
        <Button type="primary" loading={start.isPending} onClick={() => start.mutate()} data-testid="export-now">
          {t('registry.exporting.start')}
        </Button>
      </Floating>
    </Modal>
  );
}
