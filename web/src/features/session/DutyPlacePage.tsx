import { useMutation } from '@tanstack/react-query';
import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { ProblemNote } from '@/components/ProblemNote';
import { enrolDutyPlace } from '@/lib/server';
import { PublicFrame } from './PublicFrame';

/** Opened once in the browser of a duty place: from then on it is the place. */
export default function DutyPlacePage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const token = query.get('token') ?? '';
  const enrol = useMutation({ mutationFn: () => enrolDutyPlace(token) });
  return (
    <PublicFrame title={t('duty.enrolTitle')}>
      {enrol.data ? (
        <Result
          status="success"
          title={t('duty.isPlace', { name: enrol.data.name })}
          extra={
            <Link to="/sign-in">
              <Button type="primary">{t('signIn.enter')}</Button>
            </Link>
          }
        />
      ) : (
        <>
          <p>{t('duty.enrolWhat')}</p>
          <ProblemNote error={enrol.error} />
          <Button type="primary" size="large" block loading={enrol.isPending} onClick={() => enrol.mutate()}>
            {t('duty.enrol')}
          </Button>
        </>
      )}
    </PublicFrame>
  );
}
