import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Descriptions, Form, Input } from 'antd';
import { type ReactNode, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordDialog } from '@/components/PasswordDialog';
import { ProblemNote } from '@/components/ProblemNote';
import { Page } from '@/components/page/Page';
import { SignInList } from '@/components/SignInList';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { endSignIn, listSignIns, setPin } from '@/lib/server';
import { usePerson } from '@/lib/session';
import styles from './AccountPage.module.css';
import { SecondFactor } from './SecondFactor';

const SIGN_INS_KEY = ['own-sign-ins'] as const;
const ON_DUTY: readonly string[] = ['duty_operator', 'security_manager'];

/** The own account: who I am, password, second factor, PIN of duty places, where I am signed in. */
export default function AccountPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const person = usePerson();
  const [changing, setChanging] = useState(false);
  return (
    <Page narrow title={t('account.title')}>
      <Part title={t('account.me')}>
        <Descriptions
          size="small"
          column={3}
          items={[
            { key: 'name', label: t('person.displayName'), children: person.display_name },
            { key: 'login', label: t('person.loginName'), children: person.login_name },
            { key: 'role', label: t('person.role'), children: inLanguage(person.role, language) },
          ]}
        />
      </Part>
      <Part title={t('person.password')} note={t('account.passwordNote')}>
        <Button onClick={() => setChanging(true)} data-testid="change-password">
          {t('shell.password')}
        </Button>
        <PasswordDialog open={changing} onClose={() => setChanging(false)} />
      </Part>
      <Part title={t('factor.title')} note={t('factor.what')}>
        <SecondFactor />
      </Part>
      {ON_DUTY.includes(person.role.code) && (
        <Part title={t('pin.title')} note={t('pin.what')}>
          <Pin />
        </Part>
      )}
      <Part title={t('signIns.title')} note={t('signIns.what')}>
        <SignIns />
      </Part>
    </Page>
  );
}

function Part({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h2>{title}</h2>
      {note && <p className={styles.note}>{note}</p>}
      {children}
    </section>
  );
}

function Pin() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ pin: string }>();
  const save = useMutation({
    mutationFn: ({ pin }: { pin: string }) => setPin(pin),
    onSuccess: () => {
      form.resetFields();
      message.success(t('pin.saved'));
    },
  });
  return (
    <Form form={form} layout="inline" onFinish={save.mutate}>
      <Form.Item name="pin" rules={[{ required: true, pattern: /^\d{6,12}$/, message: t('pin.rule') }]}>
        <Input.Password
          placeholder={t('pin.rule')}
          autoComplete="off"
          inputMode="numeric"
          aria-label={t('pin.title')}
        />
      </Form.Item>
      <Button htmlType="submit" loading={save.isPending}>
        {t('pin.save')}
      </Button>
      <ProblemNote error={save.error} />
    </Form>
  );
}

function SignIns() {
  const queries = useQueryClient();
  const found = useQuery({ queryKey: SIGN_INS_KEY, queryFn: listSignIns });
  const end = useMutation({
    mutationFn: endSignIn,
    onSettled: () => queries.invalidateQueries({ queryKey: SIGN_INS_KEY }),
  });
  const { mutate } = end;
  const onEnd = useCallback((one: { id: string }) => mutate(one.id), [mutate]);
  return (
    <>
      <SignInList items={found.data ?? []} loading={found.isPending} failed={found.isError} onEnd={onEnd} />
      <ProblemNote error={found.error ?? end.error} />
    </>
  );
}
