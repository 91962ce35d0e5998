import { Button, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import styles from './ReasonDialog.module.css';

interface DialogProps {
  open: boolean;
  onReason: (reason: string) => void;
  onCancel: () => void;
}

const PRESETS = ['patrol', 'verify', 'lost', 'fault', 'request'] as const;
const LEAST = 2;
const MOST = 200;

/** Looking at the past needs a reason; it is asked once for each visit of the page and goes into the audit log. */
export function ReasonDialog({ open, onReason, onCancel }: DialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ reason: string }>();
  const choose = (words: string) => form.setFieldValue('reason', words);
  return (
    <Modal
      open={open}
      title={t('reason.title')}
      okText={t('reason.begin')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onCancel}
      destroyOnHidden
    >
      <p className={styles.why}>{t('reason.why')}</p>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={({ reason }) => onReason(reason.trim())}>
        <div className={styles.presets}>
          {PRESETS.map((preset) => (
            <Button key={preset} onClick={() => choose(t(`reason.preset.${preset}`))}>
              {t(`reason.preset.${preset}`)}
            </Button>
          ))}
        </div>
        <Form.Item
          name="reason"
          label={t('reason.label')}
          rules={[
            {
              validator: (_rule, value: string | undefined) =>
                (value?.trim().length ?? 0) >= LEAST
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('reason.required', { count: LEAST }))),
            },
          ]}
        >
          <Input.TextArea
            autoFocus
            rows={2}
            maxLength={MOST}
            showCount
            placeholder={t('reason.placeholder')}
            data-testid="reason"
            onPressEnter={(event) => {
              if (event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              form.submit();
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
