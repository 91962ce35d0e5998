import { MutedOutlined, SoundOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { Playback } from './useConductor';

interface SoundHereProps {
  playback: Playback;
  enabled: boolean;
  /** Carries what became of each piece, which React does not hear of. */
  button: RefObject<HTMLButtonElement | null>;
}

/** The loudspeaker of recorded pictures: what it does, and why nothing may be heard. */
export function SoundHere({ playback, enabled, button }: SoundHereProps) {
  const { t } = useTranslation();
  const { hearing, sounding } = playback;
  const silent = hearing && (sounding === 'none' || sounding === 'unsupported' || sounding === 'speed');
  return (
    <Tooltip title={t(silent ? `playback.silent.${sounding}` : hearing ? 'playback.mute' : 'playback.hear')}>
      <Button
        ref={button}
        disabled={!enabled}
        icon={hearing && !silent ? <SoundOutlined /> : <MutedOutlined />}
        aria-label={t(hearing ? 'playback.mute' : 'playback.hear')}
        aria-pressed={hearing}
        onClick={() => playback.hear(!hearing)}
        data-testid="sound"
        data-sound={hearing ? sounding : 'off'}
      >
        {silent && t(`playback.silentShort.${sounding}`)}
      </Button>
    </Tooltip>
  );
}

export function writeHeard(button: HTMLElement | null, offMs: number): void {
  if (!button) return;
  button.dataset.heard = String(Number(button.dataset.heard ?? 0) + 1);
  button.dataset.soundOffMs = offMs.toFixed(0);
}
