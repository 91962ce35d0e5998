/** What this browser plays through Media Source Extensions. iPhones have the managed kind only. */

type SourceKind = typeof MediaSource;

declare global {
  interface Window {
    ManagedMediaSource?: SourceKind;
  }
}

const kind = (): SourceKind | undefined => window.MediaSource ?? window.ManagedMediaSource;

/** `mime` is a whole media type, such as `video/mp4; codecs="hvc1.1.6.L120.90"`. */
export const canPlay = (mime: string): boolean => kind()?.isTypeSupported(mime) ?? false;

export function newMediaSource(video: HTMLVideoElement): MediaSource {
  const Kind = kind();
  if (!Kind) throw new Error('this browser has no media source');
  // A managed source opens only on an element that is not offered to other screens.
  if (Kind === window.ManagedMediaSource) video.disableRemotePlayback = true;
  return new Kind();
}
