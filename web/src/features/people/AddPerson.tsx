import { useMutation } from '@tanstack/react-query';
import { Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PersonRequest } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { ORDINARY_ROLES } from '@/lib/people';
import { addPerson } from '@/lib/server';

/** Somebody new, who sets the own password by a link. */
export function AddPerson({
  open,
  onClose,
  onAdded,
}: {
  open: boolean;
  onClose: () => void;
  onAdded: (name: string, token: string) => void;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<PersonRequest>();
  const add = useMutation({
    mutationFn: addPerson,
    onSuccess: ({ person, invite_token }) => {
      onClose();
      onAdded(person.display_name, invite_token);
    },
  });
  return (
    <Modal
      open={open}
      title={t('people.add')}
      okText={t('people.makeLink')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={add.isPending}
      afterClose={() => add.reset()}
      destroyOnHidden
    >
      <Floating>
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={add.mutate}>
          <Form.Item
            name="display_name"
            label={t('person.displayName')}
            rules={[{ required: true, whitespace: true, message: t('form.required') }]}
          >
            <Input autoComplete="off" autoFocus />
          </Form.Item>
          <Form.Item
            name="login_name"
            label={t('person.loginName')}
            rules={[{ required: true, whitespace: true, message: t('form.required') }]}
          >
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="number" label={t('person.number')} extra={t('person.numberHint')} initialValue="">
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="role" label={t('person.role')} initialValue="duty_operator">
            <Select
              options={ORDINARY_ROLES.map((role) => ({
                value: role,
                label: `${t(`role.${role as OrdinaryRole}`)} · ${t(`roleDuty.${role as OrdinaryRole}`)}`,
              }))}
            />
          </Form.Item>
          <ProblemNote error={add.error} />
        </Form>
      </Floating>
    </Modal>
  );
}

type OrdinaryRole = 'duty_operator' | 'security_manager' | 'police_supervisor' | 'requesting_officer' | 'maintenance';
