import { create } from 'zustand';
import type { Channel } from '@/api';
import { canHear } from '@/components/player/soundDecoding';

/** Which channel is heard: one at a time, and none until somebody presses a button. */
export const useSound = create<{ channelId: string | null }>(() => ({ channelId: null }));

export const silence = (): void => useSound.setState({ channelId: null });

export const toggleSound = (channelId: string): void =>
  useSound.setState((now) => ({ channelId: now.channelId === channelId ? null : channelId }));

/** `none`: the camera sends nothing that is kept; `undecodable`: this browser cannot play it. */
export type SoundOffer = 'none' | 'undecodable' | 'yes';

export function soundOffer(channel: Pick<Channel, 'picture'>): SoundOffer {
  const sound = channel.picture?.sound;
  if (!sound) return 'none';
  return canHear(sound.codec) ? 'yes' : 'undecodable';
}
