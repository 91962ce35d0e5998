import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Result } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { SetUpResult } from '@/api';
import { Loading } from '@/components/Loading';
import { NewPassword } from '@/components/NewPassword';
import { ProblemNote } from '@/components/ProblemNote';
import { type FirstPerson, setUp } from '@/lib/server';
import { SESSION_KEY, useServerState } from '@/lib/session';
import { FirstPeople } from './FirstPeople';
import { FIRST_ROLES } from './firstRoles';
import { InviteLinks } from './InviteLinks';
import { PublicFrame } from './PublicFrame';
import styles from './SetUpPage.module.css';

interface Filled {
  people: FirstPerson[];
  password: string;
}

export default function SetUpPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const state = useServerState();
  const [done, setDone] = useState<SetUpResult | null>(null);
  const token = query.get('token');
  if (done) {
    return (
      <PublicFrame title={t('setUp.doneTitle')} wide>
        <InviteLinks invites={done.invites} />
      </PublicFrame>
    );
  }
  if (state.data?.initialized) return <Navigate to="/sign-in" replace />;
  return (
    <PublicFrame title={t('setUp.title')} wide>
      {state.error && <ProblemNote error={state.error} />}
      {state.isPending && <Loading />}
      {state.data && (token ? <SetUpForm token={token} onDone={setDone} /> : <NoToken />)}
    </PublicFrame>
  );
}

function NoToken() {
  const { t } = useTranslation();
  return (
    <Result
      status="info"
      title={t('setUp.noToken.title')}
      subTitle={t('setUp.noToken.text')}
      extra={<Link to="/sign-in">{t('setUp.noToken.signIn')}</Link>}
    />
  );
}

function SetUpForm({ token, onDone }: { token: string; onDone: (done: SetUpResult) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<Filled>();
  const mine = Form.useWatch(['people', 0, 'login_name'], form);
  const create = useMutation({
    mutationFn: (filled: Filled) => setUp(token, filled.people, filled.password),
    onSuccess: (done) => {
      onDone(done);
      queries.setQueryData(SESSION_KEY, done.signed_in);
      queries.invalidateQueries({ queryKey: ['state'] });
    },
  });
  const people = FIRST_ROLES.map((first) => ({
    role: first.role,
    login_name: first.loginName,
    display_name: t(`role.${first.role}`),
  }));
  return (
    <Form form={form} layout="vertical" initialValues={{ people }} onFinish={create.mutate} requiredMark={false}>
      <Alert type="info" showIcon title={t('setUp.whyThree')} className={styles.why ?? ''} />
      <FirstPeople />
      <h2 className={styles.heading}>{t('setUp.myPassword')}</h2>
      <div className={styles.passwords}>
        <NewPassword loginName={mine} />
      </div>
      <ProblemNote error={create.error} />
      <div className={styles.actions}>
        <Button type="primary" size="large" htmlType="submit" loading={create.isPending}>
          {t('setUp.create')}
        </Button>
        <span className={styles.hint}>{t('setUp.next')}</span>
      </div>
    </Form>
  );
}
