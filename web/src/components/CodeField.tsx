import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';

/** A one-time code of the authenticator app, or a recovery code. Field `code`. */
export function CodeField({ autoFocus = true, required = true }: { autoFocus?: boolean; required?: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="code"
      label={t('factor.code')}
      extra={t('factor.codeHint')}
      rules={required ? [{ required: true, whitespace: true, message: t('form.required') }] : []}
    >
      <Input autoComplete="one-time-code" inputMode="text" autoFocus={autoFocus} data-testid="code" />
    </Form.Item>
  );
}
