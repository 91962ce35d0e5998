import { DragOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { may, usePerson } from '@/lib/session';
import { togglePtz, usePtz } from './usePtz';

/** Take the camera of a tile in hand, or let it go. */
export function PtzTool({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const person = usePerson();
  const turning = usePtz((one) => one.channelId === channel.id);
  if (!channel.device.onvif || !may(person, 'ptz.control')) return null;
  const words = t(turning ? 'live.ptz.release' : 'live.ptz.take', { name: channel.name });
  return (
    <button
      type="button"
      aria-label={words}
      title={words}
      aria-pressed={turning}
      onClick={() => togglePtz(channel.id)}
      data-testid="ptz"
    >
      <DragOutlined />
    </button>
  );
}
