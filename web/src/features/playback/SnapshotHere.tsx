import { CameraOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { SnapshotDialog, type SnapshotTarget } from '@/components/SnapshotDialog';
import { may, usePerson } from '@/lib/session';

interface HereProps {
  viewId: string | null;
  channel: Pick<Channel, 'id' | 'name'> | null;
  reason: string | null;
  /** Asked when the button is pressed, so that it is the frame that was seen. */
  frameShown: () => { us: number; epoch: number | null } | null;
}

/** Take the frame on the screen out of the system. */
export function SnapshotHere({ viewId, channel, reason, frameShown }: HereProps) {
  const { t } = useTranslation();
  const person = usePerson();
  const [target, setTarget] = useState<SnapshotTarget | null>(null);
  if (!may(person, 'snapshot.take')) return null;
  const aim = () => {
    const moment = frameShown();
    if (viewId && channel && moment) {
      setTarget({ viewId, channelId: channel.id, name: channel.name, moment, reason });
    }
  };
  return (
    <>
      <Tooltip title={t('snapshot.hint')}>
        <Button
          icon={<CameraOutlined />}
          disabled={!viewId || !channel || frameShown() === null}
          onClick={aim}
          data-testid="snapshot"
        >
          {t('snapshot.button')}
        </Button>
      </Tooltip>
      <SnapshotDialog target={target} onClose={() => setTarget(null)} />
    </>
  );
}
