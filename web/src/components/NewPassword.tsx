import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { LEAST_PASSWORD_LENGTH } from '@/lib/password';

/** A new password, typed twice, under the rule of the server said in words. Fields `password` and `repeated`. */
export function NewPassword({ loginName }: { loginName?: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item
        name="password"
        label={t('password.new')}
        extra={t('password.rule', { count: LEAST_PASSWORD_LENGTH })}
        rules={[
          { required: true, message: t('form.required') },
          { min: LEAST_PASSWORD_LENGTH, message: t('password.tooShort', { count: LEAST_PASSWORD_LENGTH }) },
          {
            validator: (_rule, value: string | undefined) =>
              loginName && value?.toLowerCase().includes(loginName.toLowerCase())
                ? Promise.reject(new Error(t('password.holdsName')))
                : Promise.resolve(),
          },
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="repeated"
        label={t('password.repeat')}
        dependencies={['password']}
        rules={[
          { required: true, message: t('form.required') },
          ({ getFieldValue }) => ({
            validator: (_rule, value) =>
              !value || getFieldValue('password') === value
                ? Promise.resolve()
                : Promise.reject(new Error(t('password.differs'))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
