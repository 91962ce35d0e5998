import { PrinterOutlined } from '@ant-design/icons';
import { Button, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { PrintSheet } from './PrintSheet';
import { Floating } from './Surface';

export interface ReceiptShown {
  /** What was submitted, in the reader's language. */
  what: string;
  number: string;
  lines: readonly (readonly [label: string, value: string])[];
}

/** What a submission gets: its number, and a slip to print. */
export function Receipt({ shown, onClose }: { shown: ReceiptShown | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open={shown !== null}
      title={t('receipt.title')}
      onCancel={onClose}
      destroyOnHidden
      footer={
        <>
          <Button icon={<PrinterOutlined />} onClick={() => window.print()} data-testid="print">
            {t('receipt.print')}
          </Button>
          <Button type="primary" onClick={onClose} autoFocus data-testid="receipt-done">
            {t('receipt.done')}
          </Button>
        </>
      }
    >
      {shown && (
        <Floating>
          <PrintSheet label={t('receipt.title')}>
            <h1>{t('receipt.of', { what: shown.what })}</h1>
            <table>
              <tbody>
                <tr>
                  <th scope="row">{t('receipt.number')}</th>
                  <td>
                    <strong data-testid="receipt-number">{shown.number}</strong>
                  </td>
                </tr>
                {shown.lines.map(([label, value]) => (
                  <tr key={label}>
                    <th scope="row">{label}</th>
                    <td>{value}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </PrintSheet>
        </Floating>
      )}
    </Modal>
  );
}
