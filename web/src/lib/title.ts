import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** The tab of the browser says which page it holds: people keep several. */
export function useTitle(page: string | null): void {
  const { t, i18n } = useTranslation();
  const brand = `${t('brand.zh')} ${t('brand.latin')}`;
  useEffect(() => {
    document.documentElement.lang = i18n.language;
    document.title = page ? `${page} · ${brand}` : brand;
  }, [page, brand, i18n.language]);
}
