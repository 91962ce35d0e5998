import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Descriptions, Form, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import type { Invite } from '@/api';
import { CodeField } from '@/components/CodeField';
import { Loading } from '@/components/Loading';
import { NewPassword } from '@/components/NewPassword';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { ServerProblem } from '@/lib/problem';
import { lookInvite, redeemInvite } from '@/lib/server';
import { SESSION_KEY } from '@/lib/session';
import { PublicFrame } from './PublicFrame';

export default function InvitePage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const token = query.get('token') ?? '';
  const invite = useQuery({
    queryKey: ['invite', token],
    queryFn: () => lookInvite(token),
    enabled: token !== '',
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <PublicFrame title={t('invite.title')}>
      {token === '' && <Result status="info" title={t('invite.noToken')} />}
      {invite.isLoading && <Loading />}
      {invite.error && <ProblemNote error={invite.error} action={<Link to="/sign-in">{t('signIn.enter')}</Link>} />}
      {invite.data && <InviteForm token={token} invite={invite.data} />}
    </PublicFrame>
  );
}

function InviteForm({ token, invite }: { token: string; invite: Invite }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const redeem = useMutation({
    mutationFn: (filled: { password: string; code?: string }) =>
      redeemInvite(token, filled.password, filled.code?.trim()),
    onSuccess: (person) => {
      queries.setQueryData(SESSION_KEY, person);
      navigate('/', { replace: true });
    },
  });
  const code = redeem.error instanceof ServerProblem ? redeem.error.problem.code : '';
  const wantsCode = code === 'identity.code_needed' || code === 'identity.code_wrong';
  const facts = [
    { key: 'name', label: t('person.displayName'), children: invite.display_name },
    { key: 'role', label: t('person.role'), children: inLanguage(invite.role, language) },
    { key: 'login', label: t('person.loginName'), children: invite.login_name },
  ];
  return (
    <>
      <Descriptions column={1} size="small" bordered items={facts} style={{ marginBottom: 24 }} />
      <Form layout="vertical" requiredMark={false} onFinish={redeem.mutate}>
        <NewPassword loginName={invite.login_name} />
        {wantsCode && <CodeField />}
        {redeem.error && (
          <Form.Item>
            <ProblemNote error={redeem.error} />
          </Form.Item>
        )}
        <Button type="primary" size="large" htmlType="submit" block loading={redeem.isPending}>
          {t('invite.enter')}
        </Button>
      </Form>
    </>
  );
}
