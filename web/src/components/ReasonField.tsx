import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';

const LEAST = 2;
const MOST = 200;

/** Why somebody does this; it goes into the audit log. Field `reason` of the form around it. */
export function ReasonField({ placeholder, autoFocus = false }: { placeholder: string; autoFocus?: boolean }) {
  const { t } = useTranslation();
  return (
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
        rows={2}
        maxLength={MOST}
        showCount
        autoFocus={autoFocus}
        placeholder={placeholder}
        data-testid="reason"
      />
    </Form.Item>
  );
}
