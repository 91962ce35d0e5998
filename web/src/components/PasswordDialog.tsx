import { useMutation } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { setPassword } from '@/lib/server';
import { NewPassword } from './NewPassword';
import { ProblemNote } from './ProblemNote';

interface Filled {
  current: string;
  password: string;
}

export function PasswordDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Filled>();
  const change = useMutation({
    mutationFn: (filled: Filled) => setPassword(filled.current, filled.password),
    onSuccess: () => {
      message.success(t('password.changed'));
      onClose();
    },
  });
  return (
    <Modal
      open={open}
      title={t('shell.password')}
      okText={t('password.change')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={change.isPending}
      afterClose={() => change.reset()}
      destroyOnHidden
    >
      <Form form={form} layout="vertical" onFinish={change.mutate} preserve={false}>
        <Form.Item
          name="current"
          label={t('password.current')}
          rules={[{ required: true, message: t('form.required') }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <NewPassword />
        <ProblemNote error={change.error} />
      </Form>
    </Modal>
  );
}
