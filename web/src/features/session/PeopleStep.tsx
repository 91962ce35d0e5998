import { Alert, Button, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { NewPassword } from '@/components/NewPassword';
import { ProblemNote } from '@/components/ProblemNote';
import type { FirstPerson } from '@/lib/server';
import { FirstPeople } from './FirstPeople';
import { FIRST_ROLES } from './firstRoles';
import styles from './SetUpPage.module.css';

export interface FilledPeople {
  people: FirstPerson[];
  password: string;
}

/** The three administrators, and whoever else is there from the beginning; the first row is whoever sets up. */
export function PeopleStep({
  onDone,
  pending,
  error,
}: {
  onDone: (filled: FilledPeople) => void;
  pending: boolean;
  error: unknown;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<FilledPeople>();
  const mine = Form.useWatch(['people', 0, 'login_name'], form);
  const people = FIRST_ROLES.map((first) => ({
    role: first.role,
    login_name: first.loginName,
    display_name: '',
  }));
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ people }}
      onFinish={({ people: filled, password }) => onDone({ people: filled, password })}
      requiredMark={false}
    >
      <Alert type="info" showIcon title={t('setUp.whyThree')} className={styles.why ?? ''} />
      <FirstPeople />
      <h2 className={styles.heading}>{t('setUp.myPassword')}</h2>
      <div className={styles.passwords}>
        <NewPassword loginName={mine} />
      </div>
      <ProblemNote error={error} />
      <div className={styles.actions}>
        <Button type="primary" size="large" htmlType="submit" loading={pending}>
          {t('setUp.create')}
        </Button>
        <span className={styles.hint}>{t('setUp.next')}</span>
      </div>
    </Form>
  );
}
