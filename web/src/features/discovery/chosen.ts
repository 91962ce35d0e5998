import type { Channel, OfferedPicture, OfferedStream } from '@/api';
import { setOnvifAddress } from '@/lib/server';

/** What the form of a new camera takes over. */
export interface Chosen {
  url: string;
  subUrl: string;
  username: string;
  password: string;
}

/** Nothing is chosen for a picture that has no stream that can be recorded. */
export function chosenOf(picture: OfferedPicture, username: string, password: string): Chosen | null {
  if (!picture.main) return null;
  return { url: picture.main.url, subUrl: picture.sub?.url ?? '', username, password };
}

/** Size, rate and codec in short, as far as the device says them. */
export function streamWords({ codec, width, height, fps, kbps }: OfferedStream): string {
  return [
    codec.toUpperCase().replace(/^H(?=\d)/, 'H.'),
    width && height ? `${width}×${height}` : '',
    fps ? `${Math.round(fps)} fps` : '',
    kbps ? `${kbps} kbit/s` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

let known: { url: string; onvif: string } | null = null;

/** The device at this stream answers ONVIF there: for when its channel is made. */
export function rememberOnvif(url: string, onvif: string): void {
  known = { url, onvif };
}

/** Say where the device of a new channel answers ONVIF, if it was found by it. The channel is there either way. */
export async function withOnvif(channel: Channel, url: string): Promise<Channel> {
  const found = known;
  known = null;
  if (found?.url === url) await setOnvifAddress(channel.id, found.onvif).catch(() => undefined);
  return channel;
}
