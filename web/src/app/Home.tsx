import { Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { Navigate } from 'react-router';
import { usePerson } from '@/lib/session';
import { menuOf } from './menu';

/** The first page that the person may open. */
export function Home() {
  const { t } = useTranslation();
  const first = menuOf(usePerson())[0];
  if (first) return <Navigate to={first.path} replace />;
  return <Result status="info" title={t('home.nothing.title')} subTitle={t('home.nothing.text')} />;
}

export function Nowhere() {
  const { t } = useTranslation();
  return <Result status="404" title={t('home.nowhere.title')} subTitle={t('home.nowhere.text')} />;
}
