import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Form, Input, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeField } from '@/components/CodeField';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { OWN_STATE_KEY, useOwnState } from '@/lib/ownState';
import { useProof } from '@/lib/proof';
import { prove } from '@/lib/server';

export interface Proof {
  password?: string;
  code?: string;
}

/** Asks for password or code when an act that matters waits for it. */
export function ProofDialog() {
  const { t } = useTranslation();
  const asking = useProof((state) => state.asking);
  const queries = useQueryClient();
  const [form] = Form.useForm<Proof>();
  const check = useMutation({
    mutationFn: prove,
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: OWN_STATE_KEY });
      asking?.answer(true);
    },
    onError: () => form.resetFields(),
  });
  return (
    <Modal
      open={asking !== null}
      title={t('proof.title')}
      okText={t('proof.confirm')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={() => asking?.answer(false)}
      confirmLoading={check.isPending}
      afterClose={() => check.reset()}
      // What is asked for has the focus, not the way out of it.
      afterOpenChange={(open) => open && (form.getFieldInstance('password') ?? form.getFieldInstance('code'))?.focus()}
      zIndex={1500}
      width={420}
      destroyOnHidden
    >
      <Floating>
        <p style={{ marginTop: 0 }}>{t('proof.why')}</p>
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={check.mutate}>
          <ProofFields />
          <ProblemNote error={check.error} />
        </Form>
      </Floating>
    </Modal>
  );
}

/** Password, or a code for who has a second factor. */
export function ProofFields() {
  const { t } = useTranslation();
  const own = useOwnState();
  const [by, setBy] = useState<'password' | 'code'>('password');
  return (
    <>
      {own.data?.second_factor && (
        <Segmented
          block
          value={by}
          onChange={setBy}
          style={{ marginBottom: 16 }}
          options={(['password', 'code'] as const).map((value) => ({ value, label: t(`proof.by.${value}`) }))}
        />
      )}
      {by === 'password' ? (
        <Form.Item
          name="password"
          label={t('person.password')}
          rules={[{ required: true, message: t('form.required') }]}
        >
          <Input.Password autoComplete="current-password" autoFocus data-testid="proof-password" />
        </Form.Item>
      ) : (
        <CodeField />
      )}
    </>
  );
}
