// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveListener, LivePlayer } from './LivePlayer';
import type { LiveState } from './liveState';

class Socket {
  static readonly CONNECTING = 0;
  static all: Socket[] = [];
  readyState = 0;
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;

  constructor(readonly address: string) {
    Socket.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  says(news: object): void {
    this.opens();
    this.onmessage?.({ data: JSON.stringify(news) });
  }
}

const SINCE = '2026-11-20T06:00:00.000000Z';

function made() {
  const states: LiveState[] = [];
  const listener = {
    onState: (state: LiveState) => states.push(state),
    onStream: vi.fn(),
    onFrame: vi.fn(),
    onSound: vi.fn(),
    onHeard: vi.fn(),
    onViewGone: vi.fn(),
    onSessionOver: vi.fn(),
  } satisfies LiveListener;
  const player = new LivePlayer(document.createElement('video'), listener, { nowUs: () => 0, random: () => 0.5 });
  const newest = () => Socket.all.at(-1) as Socket;
  return { player, listener, states, newest, last: () => states.at(-1) };
}

beforeEach(() => {
  Socket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Socket);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the way to the server', () => {
  it('is tried again after 1, 2, 4 seconds, and says so', () => {
    const { player, newest, last } = made();
    player.connect('ws://x/1', { fresh: true });
    for (const [attempt, waitMs] of [
      [1, 1000],
      [2, 2000],
      [3, 4000],
    ] as const) {
      newest().opens();
      newest().onclose?.({ code: 1006 });
      expect(last()).toEqual({ kind: 'retrying', retry: { attempt, reason: 'closed' } });
      const before = Socket.all.length;
      vi.advanceTimersByTime(waitMs - 1);
      expect(Socket.all).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(Socket.all).toHaveLength(before + 1);
    }
    player.dispose();
  });

  it('is not tried again after a refusal', () => {
    const { player, newest, last } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().onclose?.({ code: 4403 });
    expect(last()).toEqual({ kind: 'refused' });
    vi.advanceTimersByTime(60_000);
    expect(Socket.all).toHaveLength(1);
    player.dispose();
  });

  it('asks for a new view when the server knows the old one no more', () => {
    const { player, listener, newest } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().opens();
    newest().onclose?.({ code: 4404 });
    expect(listener.onViewGone).toHaveBeenCalledOnce();
    player.dispose();
  });

  it('takes the third refused upgrade in a row for a view that is gone', () => {
    const { player, listener, newest } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(1000);
    newest().onclose?.({ code: 1006 });
    expect(listener.onViewGone).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2000);
    newest().onclose?.({ code: 1006 });
    expect(listener.onViewGone).toHaveBeenCalledOnce();
    player.dispose();
  });

  it('reports the end of the session', () => {
    const { player, listener, newest } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().onclose?.({ code: 4401 });
    expect(listener.onSessionOver).toHaveBeenCalledOnce();
    player.dispose();
  });
});

describe('the camera', () => {
  it('is shown as away in the words of the server, and waited for without knocking', () => {
    const { player, newest, last } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().says({ type: 'state', state: 'offline', since: SINCE, problem: null });
    expect(last()).toMatchObject({ kind: 'offline', sinceUs: Date.parse(SINCE) * 1000 });
    vi.advanceTimersByTime(60_000);
    expect(Socket.all).toHaveLength(1);
    player.dispose();
  });

  it('that should send and does not is asked for again after five seconds', () => {
    const { player, newest, last } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().says({ type: 'state', state: 'recording', since: SINCE, problem: null });
    vi.advanceTimersByTime(4_900);
    expect(last()).toEqual({ kind: 'connecting', camera: false });
    vi.advanceTimersByTime(400);
    expect(last()).toEqual({ kind: 'retrying', retry: { attempt: 1, reason: 'timeout' } });
    player.dispose();
  });

  it('with a codec that the browser lacks is said to be so, and its stream ends', () => {
    vi.stubGlobal('MediaSource', { isTypeSupported: () => false });
    const { player, newest, last } = made();
    player.connect('ws://x/1', { fresh: true });
    newest().says({ type: 'init', transport: 'mse', mime: 'video/mp4; codecs="hvc1.1"', width: 1, height: 1 });
    expect(last()).toEqual({ kind: 'unsupported', mime: 'video/mp4; codecs="hvc1.1"' });
    expect(newest().closed).toBe(true);
    player.dispose();
  });
});

it('a socket that is still being opened is closed when it is open', () => {
  const { player, newest } = made();
  player.connect('ws://x/1', { fresh: true });
  player.suspend();
  expect(newest().closed).toBe(false);
  newest().opens();
  expect(newest().closed).toBe(true);
  player.dispose();
});

it('a hidden page has no stream, and the next wish opens one', () => {
  const { player, newest, last } = made();
  player.connect('ws://x/1', { fresh: true });
  newest().opens();
  player.suspend();
  expect(newest().closed).toBe(true);
  expect(last()).toEqual({ kind: 'paused' });
  player.connect('ws://x/2', { fresh: true });
  expect(newest().address).toBe('ws://x/2');
  expect(last()).toEqual({ kind: 'connecting', camera: false });
  player.dispose();
});
