import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Form, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Hold } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { ReasonField } from '@/components/ReasonField';
import { Floating } from '@/components/Surface';
import { HOLDS_KEY } from '@/lib/holds';
import { liftHold } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';

/** Let the terms decide again about a range. Nobody lifts their own hold: the server says so, and who may. */
export function LiftHold({ hold, onClose }: { hold: Hold | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ reason: string }>();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const lift = useMutation({
    mutationFn: ({ reason }: { reason: string }) => liftHold(hold?.id ?? '', reason.trim()),
    onSuccess: async () => {
      message.success(t('holds.liftDone'));
      await queries.invalidateQueries({ queryKey: HOLDS_KEY });
      onClose();
    },
  });
  return (
    <Modal
      open={hold !== null}
      title={t('holds.liftTitle')}
      okText={t('holds.lift')}
      okButtonProps={{ danger: true }}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={lift.isPending}
      afterClose={() => lift.reset()}
      destroyOnHidden
    >
      <Floating>
        {hold && (
          <p className="tabular" style={{ marginTop: 0 }}>
            {dateTimeOf(microsOf(hold.start))} – {dateTimeOf(microsOf(hold.end))}
            <br />
            {hold.reason}
          </p>
        )}
        <Alert type="warning" showIcon title={t('holds.liftWhat')} style={{ marginBottom: 16 }} />
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={lift.mutate}>
          <ReasonField placeholder={t('holds.liftExample')} autoFocus />
        </Form>
        <ProblemNote error={lift.error} />
      </Floating>
    </Modal>
  );
}
