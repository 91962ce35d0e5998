import { BellOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Badge, Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { listAlerts } from '@/lib/server';
import { AlertList } from './AlertList';

const EVERY_MS = 10_000;

/** How many alerts stand, always in sight of those who may read them; what to do about each is one click away. */
export function AlertBell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const alerts = useQuery({ queryKey: ['alerts'], queryFn: listAlerts, refetchInterval: EVERY_MS });
  const standing = (alerts.data ?? []).filter((alert) => alert.cleared_at === null).length;
  return (
    <>
      <Badge count={standing} size="small" offset={[-6, 6]}>
        <Button
          type="text"
          icon={<BellOutlined />}
          aria-label={t('alerts.bell', { number: standing })}
          onClick={() => setOpen(true)}
          data-testid="alerts"
          data-standing={standing}
        >
          {t('alerts.title')}
        </Button>
      </Badge>
      <Drawer open={open} onClose={() => setOpen(false)} title={t('alerts.title')} size={480} destroyOnHidden>
        <Floating>
          <ProblemNote error={alerts.error} />
          <AlertList alerts={alerts.data ?? []} onLeave={() => setOpen(false)} />
        </Floating>
      </Drawer>
    </>
  );
}
