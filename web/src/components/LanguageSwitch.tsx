import { GlobalOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, type Language, useLanguage } from '@/lib/i18n';

/** Offers the other language in its own name, so that whoever needs it can read it. */
export function LanguageSwitch({ onChosen }: { onChosen?: (language: Language) => void }) {
  const { t } = useTranslation();
  const other: Language = useLanguage() === 'zh-CN' ? 'en' : 'zh-CN';
  const choose = () => {
    chooseLanguage(other);
    onChosen?.(other);
  };
  return (
    <Button type="text" icon={<GlobalOutlined />} onClick={choose} lang={other} data-testid="language">
      {t('language.other')}
    </Button>
  );
}
