import { useTranslation } from 'react-i18next';
import { TabbedPage } from '@/components/page/Page';
import { Review } from './Review';
import { Values } from './Values';

/** How this installation is set up: gone through again step by step, and every setting with where it comes from. */
export default function SettingsPage() {
  const { t } = useTranslation();
  return (
    <TabbedPage
      title={t('menu.settings')}
      tabs={[
        { key: 'review', label: t('settings.review.title'), content: <Review /> },
        { key: 'values', label: t('settings.values.title'), content: <Values /> },
      ]}
    />
  );
}
