import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import type { Clip } from '@/api';
import '@/lib/i18n';
import { ClipCard } from './ClipCard';

afterEach(cleanup);

const AT = '2026-11-21T09:00:00+08:00';
const CHANNEL = '0197a3c0-0000-7000-8000-000000000001';

function clipWith(...sounds: (string | null)[]): Clip {
  const part = { channel: CHANNEL, clock_epoch: 0, start: AT, end: AT, lead_ms: 0, frames: 25, size: 9, sha256: 'ab' };
  return {
    id: CHANNEL,
    state: 'ready',
    zh: '可下载',
    en: 'ready',
    channels: [{ id: CHANNEL, name: '东门' }],
    start: AT,
    end: AT,
    reason: '核实',
    done_bytes: 9,
    total_bytes: 9,
    parts: sounds.map((sound, number) => ({ ...part, name: `${number}.mp4`, sound })),
    left_out: [],
    more: 0,
    file: { name: 'clip.mp4', size: 9, sha256: 'ab', media_type: 'video/mp4' },
    problem: null,
    created_at: AT,
    finished_at: AT,
    expires_at: AT,
  } as Clip;
}

function shown(clip: Clip) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ClipCard clip={clip} />
    </QueryClientProvider>,
  );
  return screen.queryByTestId('clip-g711');
}

it.each([['alaw'], ['ulaw'], [null, 'alaw']])('says that a browser may not play G.711: %s', (...sounds) => {
  expect(shown(clipWith(...sounds))).not.toBeNull();
});

it.each([[null], ['aac', null]])('says nothing of sound that is played anywhere: %s', (...sounds) => {
  expect(shown(clipWith(...sounds))).toBeNull();
});
