import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation } from 'react-router';
import { Mark } from '@/components/Mark';
import { usePerson } from '@/lib/session';
import { menuOf } from './menu';

/** Where the work of a role is. */
const HOME: Readonly<Record<string, string>> = { duty_operator: 'duty', auditor: 'audit' };
const ORDER = ['live', 'cameras', 'playback', 'people', 'storage'] as const;

/** The page that a person starts with: the desk of a role, pictures for who may see them, else the cameras. */
export function Home() {
  const { t } = useTranslation();
  const person = usePerson();
  const open = menuOf(person);
  const own = open.find((entry) => entry.name === HOME[person.role.code]);
  const first = own ?? ORDER.flatMap((name) => open.filter((entry) => entry.name === name))[0];
  if (first) return <Navigate to={first.path} replace />;
  return <Result status="info" title={t('home.nothing.title')} subTitle={t('home.nothing.text')} />;
}

export function Nowhere() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <Result
      icon={<Mark size={72} />}
      title={t('home.nowhere.title')}
      subTitle={
        <>
          <code>{pathname}</code>
          <br />
          {t('home.nowhere.text')}
        </>
      }
      extra={
        <Link to="/">
          <Button type="primary">{t('home.refused.back')}</Button>
        </Link>
      }
      data-testid="nowhere"
    />
  );
}
