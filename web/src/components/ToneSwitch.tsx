import { BulbOutlined, MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isToneChoice, TONE_CHOICES, type ToneChoice, useToneChoice } from '@/lib/tone';

const ICONS: Record<ToneChoice, ReactNode> = {
  page: <BulbOutlined />,
  dark: <MoonOutlined />,
  light: <SunOutlined />,
};

/** Dark or light everywhere, or each page as it was made. */
export function ToneSwitch({ onChosen }: { onChosen: (choice: ToneChoice) => void }) {
  const { t } = useTranslation();
  const choice = useToneChoice((kept) => kept.choice);
  const items = TONE_CHOICES.map((key) => ({ key, icon: ICONS[key], label: t(`tone.${key}`) }));
  const choose = ({ key }: { key: string }) => isToneChoice(key) && onChosen(key);
  return (
    <Dropdown menu={{ items, selectable: true, selectedKeys: [choice], onClick: choose }} trigger={['click']}>
      <Button
        type="text"
        icon={ICONS[choice]}
        aria-label={t('tone.label', { choice: t(`tone.${choice}`) })}
        title={t('tone.label', { choice: t(`tone.${choice}`) })}
        data-testid="tone"
      />
    </Dropdown>
  );
}
