import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { CodeField } from '@/components/CodeField';
import { ProblemNote } from '@/components/ProblemNote';
import { ServerProblem } from '@/lib/problem';
import { signIn } from '@/lib/server';
import { SESSION_KEY, useServerState, useSession } from '@/lib/session';
import { ownAddress } from './ownAddress';
import { PublicFrame } from './PublicFrame';

interface Filled {
  login_name: string;
  password: string;
  code?: string;
}

export default function SignInPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const session = useSession();
  const state = useServerState();
  if (session.data) return <Navigate to={ownAddress(query.get('next'))} replace />;
  return (
    <PublicFrame title={t('signIn.title')}>
      {state.error && <ProblemNote error={state.error} />}
      {state.data?.initialized === false && <Alert type="info" showIcon title={t('signIn.uninitialized')} />}
      <SignInForm next={ownAddress(query.get('next'))} />
    </PublicFrame>
  );
}

function SignInForm({ next }: { next: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [form] = Form.useForm<Filled>();
  const [wantsCode, setWantsCode] = useState(false);
  const enter = useMutation({
    mutationFn: (filled: Filled) => signIn(filled.login_name.trim(), filled.password, filled.code?.trim()),
    onSuccess: (person) => {
      queries.setQueryData(SESSION_KEY, person);
      navigate(next, { replace: true });
    },
    onError: (error) => {
      const code = error instanceof ServerProblem ? error.problem.code : '';
      if (code === 'identity.code_needed') setWantsCode(true);
      if (code === 'identity.code_needed' || code === 'identity.code_wrong') {
        form.resetFields(['code']);
        return;
      }
      form.resetFields(['password']);
      form.getFieldInstance('password')?.focus();
    },
  });
  const asked = enter.error instanceof ServerProblem && enter.error.problem.code === 'identity.code_needed';
  return (
    <Form form={form} layout="vertical" size="large" requiredMark={false} onFinish={enter.mutate}>
      <Form.Item
        name="login_name"
        label={t('person.loginName')}
        rules={[{ required: true, whitespace: true, message: t('form.required') }]}
      >
        <Input autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={t('person.password')} rules={[{ required: true, message: t('form.required') }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      {wantsCode && <CodeField />}
      {enter.error && !asked && (
        <Form.Item>
          <ProblemNote error={enter.error} />
        </Form.Item>
      )}
      <Button type="primary" htmlType="submit" block loading={enter.isPending}>
        {t('signIn.enter')}
      </Button>
    </Form>
  );
}
