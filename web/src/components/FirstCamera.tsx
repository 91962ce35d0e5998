import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { may, usePerson } from '@/lib/session';

/** What to do while there are no cameras: add one, or whom to ask. */
export function FirstCamera() {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'channel.manage');
  return manages ? <Link to="/cameras?add=1">{t('cameras.add')}</Link> : t('cameras.noneYetAdvice');
}
