import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { createRef } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import type { RecordedSoundState } from '@/components/player/RecordedSound';
import '@/lib/i18n';
import { SoundHere, writeHeard } from './SoundHere';
import type { Playback } from './useConductor';

const hear = vi.fn();

function shown(hearing: boolean, sounding: RecordedSoundState, enabled = true) {
  const playback = { hearing, sounding, hear } as unknown as Playback;
  render(<SoundHere playback={playback} enabled={enabled} button={createRef()} />);
  return screen.getByTestId('sound');
}

afterEach(() => {
  cleanup();
  hear.mockClear();
});

it('is off until somebody presses it', () => {
  const button = shown(false, 'off');
  expect(button.dataset.sound).toBe('off');
  expect(button.getAttribute('aria-pressed')).toBe('false');
  fireEvent.click(button);
  expect(hear).toHaveBeenCalledWith(true);
});

it.each(['none', 'speed', 'unsupported'] as const)('says why nothing is heard: %s', (state) => {
  const button = shown(true, state);
  expect(button.dataset.sound).toBe(state);
  expect(button.textContent).not.toBe('');
  fireEvent.click(button);
  expect(hear).toHaveBeenCalledWith(false);
});

it('says nothing where sound is heard, and cannot be pressed where nothing plays', () => {
  expect(shown(true, 'on').textContent).toBe('');
  cleanup();
  const button = shown(false, 'off', false);
  fireEvent.click(button);
  expect(hear).not.toHaveBeenCalled();
});

it('counts what was heard and how far from its picture', () => {
  const button = shown(true, 'on');
  writeHeard(button, 12.4);
  writeHeard(button, -3.2);
  expect({ ...button.dataset }).toMatchObject({ heard: '2', soundOffMs: '-3' });
});
