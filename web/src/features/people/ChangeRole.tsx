import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Form, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PersonRecord } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { ORDINARY_ROLES, PEOPLE_KEY, type RoleCode } from '@/lib/people';
import { changeRole } from '@/lib/server';

/** Another role for a person, with what follows from it in words. */
export function ChangeRole({ person, onClose }: { person: PersonRecord | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ role: RoleCode }>();
  const change = useMutation({
    mutationFn: ({ role }: { role: RoleCode }) => changeRole(person?.id ?? '', role),
    onSuccess: async () => {
      message.success(t('people.done.role', { name: person?.display_name ?? '' }));
      await queries.invalidateQueries({ queryKey: PEOPLE_KEY });
      onClose();
    },
  });
  return (
    <Modal
      open={person !== null}
      title={t('people.roleOf', { name: person?.display_name ?? '' })}
      okText={t('people.act.role')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={change.isPending}
      afterClose={() => change.reset()}
      destroyOnHidden
    >
      <Floating>
        <Alert
          type="info"
          showIcon
          title={t('people.roleRules.title')}
          description={t('people.roleRules.text')}
          style={{ marginBottom: 16 }}
        />
        <Form form={form} layout="vertical" preserve={false} onFinish={change.mutate}>
          <Form.Item name="role" initialValue={person?.role.code}>
            <Radio.Group
              vertical
              options={ORDINARY_ROLES.map((role) => ({
                value: role,
                label: `${t(`role.${role as 'duty_operator'}`)} · ${t(`roleDuty.${role as 'duty_operator'}`)}`,
              }))}
            />
          </Form.Item>
          <ProblemNote error={change.error} />
        </Form>
      </Floating>
    </Modal>
  );
}
