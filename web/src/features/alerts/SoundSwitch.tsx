import { SoundOutlined } from '@ant-design/icons';
import { Button, Space, Switch, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AlertSound } from './useAlertSound';

/** Whether new alerts are heard. Browsers play nothing before somebody has clicked: then this says so. */
export function SoundSwitch({ sound }: { sound: AlertSound }) {
  const { t } = useTranslation();
  return (
    <Space size="small">
      {sound.state === 'blocked' && (
        <Button size="small" danger onClick={sound.test} data-testid="alert-sound-blocked">
          {t('alerts.soundBlocked')}
        </Button>
      )}
      {sound.state === 'on' && (
        <Tooltip title={t('alerts.soundTry')}>
          <Button
            size="small"
            type="text"
            icon={<SoundOutlined />}
            aria-label={t('alerts.soundTry')}
            onClick={sound.test}
          />
        </Tooltip>
      )}
      <Switch
        checked={sound.state !== 'off'}
        onChange={sound.choose}
        aria-label={t('alerts.soundOn')}
        data-testid="alert-sound"
      />
      <span>{t('alerts.soundOn')}</span>
    </Space>
  );
}
