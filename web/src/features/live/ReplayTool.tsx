import { UndoOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { may, usePerson } from '@/lib/session';

interface ToolProps {
  name: string;
  playing: boolean;
  onToggle: () => void;
}

/** Show the last half minute of a tile again, or go back to live. */
export function ReplayTool({ name, playing, onToggle }: ToolProps) {
  const { t } = useTranslation();
  if (!may(usePerson(), 'playback.view')) return null;
  const words = t(playing ? 'live.replay.back' : 'live.replay.button', { name });
  return (
    <button
      type="button"
      aria-label={words}
      title={words}
      aria-pressed={playing}
      onClick={onToggle}
      data-testid="replay"
    >
      <UndoOutlined />
    </button>
  );
}
