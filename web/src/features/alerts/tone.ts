import type { Severity } from './news';

let context: AudioContext | null = null;

/** Pitches in Hz, one after the other; each sounds for NOTE_S. */
const NOTES: Record<Severity, readonly number[]> = {
  notice: [],
  warning: [660, 880],
  critical: [880, 660, 880, 660, 880],
};
const NOTE_S = 0.16;
const GAP_S = 0.05;
const LOUDNESS = 0.2;

function opened(): AudioContext | null {
  if (context === null && typeof AudioContext !== 'undefined') context = new AudioContext();
  return context;
}

/** Whether the browser would let a sound out now. */
export const canPlay = (): boolean => opened()?.state === 'running';

/** Ask the browser for permission; it gives it within a click or a key press. Whether it did. */
export async function wake(): Promise<boolean> {
  await opened()
    ?.resume()
    .catch(() => undefined);
  return canPlay();
}

export function play(severity: Severity): void {
  const audio = opened();
  if (audio?.state !== 'running') return;
  NOTES[severity].forEach((pitch, index) => {
    const from = audio.currentTime + index * (NOTE_S + GAP_S);
    const note = new OscillatorNode(audio, { type: 'triangle', frequency: pitch });
    const volume = new GainNode(audio, { gain: 0 });
    // Rising and falling: a note that is switched on and off clicks.
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
    volume.gain.linearRampToValueAtTime(0, from + NOTE_S);
    note.connect(volume).connect(audio.destination);
    note.start(from);
    note.stop(from + NOTE_S);
  });
}
