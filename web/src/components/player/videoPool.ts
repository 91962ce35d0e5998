/**
 * Video elements are borrowed and given back. Chrome caps the media players of a page, and a wall that changes all
 * day would reach the cap if each tile made its own element.
 */
const idle: HTMLVideoElement[] = [];

export function borrowVideo(): HTMLVideoElement {
  const video = idle.pop() ?? document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.disablePictureInPicture = true;
  video.setAttribute('tabindex', '-1');
  video.setAttribute('aria-hidden', 'true');
  return video;
}

export function returnVideo(video: HTMLVideoElement): void {
  emptyVideo(video);
  video.remove();
  idle.push(video);
}

/** Drop the source so that the decoder behind it is freed. */
export function emptyVideo(video: HTMLVideoElement): void {
  video.pause();
  video.removeAttribute('src');
  video.load();
}
