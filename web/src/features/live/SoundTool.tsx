import { MutedOutlined, SoundOutlined } from '@ant-design/icons';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import type { SoundState } from '@/components/player/LiveSound';
import { soundName } from '@/lib/codec';
import { silence, soundOffer, toggleSound, useSound } from './sound';

interface ToolProps {
  channel: Channel;
  sounding: SoundState;
}

/** The loudspeaker of a tile, where its camera has sound. */
export function SoundTool({ channel, sounding }: ToolProps) {
  const { t } = useTranslation();
  const chosen = useSound((sound) => sound.channelId === channel.id);
  const offer = soundOffer(channel);
  // A tile that goes takes its sound with it.
  useEffect(() => {
    return () => {
      if (useSound.getState().channelId === channel.id) silence();
    };
  }, [channel.id]);
  if (offer === 'none') return null;
  const name = channel.name;
  const undecodable = offer === 'undecodable' || sounding === 'unsupported';
  const codec = soundName(channel.picture?.sound?.codec ?? '');
  const words = undecodable ? t('sound.undecodable', { codec }) : t(chosen ? 'sound.stop' : 'sound.play', { name });
  return (
    <button
      type="button"
      aria-label={words}
      title={words}
      aria-pressed={chosen}
      disabled={offer === 'undecodable'}
      onClick={() => toggleSound(channel.id)}
      data-testid="sound"
    >
      {chosen && !undecodable ? <SoundOutlined /> : <MutedOutlined />}
    </button>
  );
}
