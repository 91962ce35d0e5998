import { CameraOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { SnapshotDialog, type SnapshotTarget } from '@/components/SnapshotDialog';
import { may, usePerson } from '@/lib/session';

interface ToolProps {
  viewId: string | null;
  channel: Pick<Channel, 'id' | 'name'>;
}

/** Take the newest picture of a tile out of the system. */
export function SnapshotTool({ viewId, channel }: ToolProps) {
  const { t } = useTranslation();
  const person = usePerson();
  const [target, setTarget] = useState<SnapshotTarget | null>(null);
  if (!viewId || !may(person, 'snapshot.take')) return null;
  const words = t('snapshot.of', { name: channel.name });
  return (
    <>
      <button
        type="button"
        aria-label={words}
        title={words}
        onClick={() => setTarget({ viewId, channelId: channel.id, name: channel.name, moment: null })}
        data-testid="snapshot"
      >
        <CameraOutlined />
      </button>
      <SnapshotDialog target={target} onClose={() => setTarget(null)} />
    </>
  );
}
