import { BellOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Badge, Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { useAskEvery } from '@/lib/events';
import { listAlerts } from '@/lib/server';
import { AlertList } from './AlertList';
import { SoundSwitch } from './SoundSwitch';
import { useAlertSound } from './useAlertSound';

const EVERY_MS = 10_000;
export const ALERTS_KEY = ['alerts'] as const;

/** How many alerts stand, always in sight of those who may read them; what to do about each is one click away. */
export function AlertBell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const alerts = useQuery({ queryKey: ALERTS_KEY, queryFn: listAlerts, refetchInterval: useAskEvery(EVERY_MS) });
  const standing = alerts.data?.standing ?? 0;
  const unseen = alerts.data?.unacknowledged ?? 0;
  const sound = useAlertSound(alerts.data?.items);
  return (
    <>
      <Badge
        count={unseen}
        size="small"
        offset={[-6, 6]}
        dot={unseen === 0 && standing > 0}
        color={unseen ? '' : 'gold'}
      >
        <Button
          type="text"
          icon={<BellOutlined />}
          aria-label={t('alerts.bell', { number: standing })}
          onClick={() => setOpen(true)}
          data-testid="alerts"
          data-standing={standing}
          data-unseen={unseen}
          data-sound={sound.state}
        >
          {t('alerts.title')}
        </Button>
      </Badge>
      <Drawer
        open={open}
        onClose={() => setOpen(false)}
        title={t('alerts.title')}
        size={480}
        destroyOnHidden
        extra={<SoundSwitch sound={sound} />}
      >
        <Floating>
          <ProblemNote error={alerts.error} />
          <AlertList alerts={alerts.data?.items ?? []} unseen={unseen} onLeave={() => setOpen(false)} />
        </Floating>
      </Drawer>
    </>
  );
}
