import type { Channel, DeviceIdentity, OfferedPicture, OfferedStream, OnvifDevice } from '@/api';
import { identifyDevice, setOnvifAddress } from '@/lib/server';

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

let known: { url: string; device: OnvifDevice } | null = null;

/** The device at this stream answers ONVIF, and says who it is: for when its channel is made. */
export function rememberOnvif(url: string, device: OnvifDevice): void {
  known = { url, device };
}

/** By what a camera is known when it is met again; a recorder of many pictures is one number for all of them. */
export function identityOf({ manufacturer, model, serial_number, pictures }: OnvifDevice): DeviceIdentity | null {
  if (!serial_number || pictures.length !== 1) return null;
  return { maker: manufacturer, model, serial: serial_number };
}

/** Tell of a new channel what was found by ONVIF: where it answers, and who it is. The channel is there either way. */
export async function withOnvif(channel: Channel, url: string): Promise<Channel> {
  const found = known;
  known = null;
  if (found?.url !== url) return channel;
  await setOnvifAddress(channel.id, found.device.address).catch(() => undefined);
  const identity = identityOf(found.device);
  if (identity) await identifyDevice(channel.id, identity).catch(() => undefined);
  return channel;
}
