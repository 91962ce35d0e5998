/** What this browser can do, as the pages with pictures need it. */
export const CHECKS = ['mse', 'h264', 'h265', 'websocket', 'webgl', 'secure', 'storage'] as const;
export type Check = (typeof CHECKS)[number];

/** `needed` is bad without, `useful` goes on in a lesser way. */
export const NEED: Readonly<Record<Check, 'needed' | 'useful'>> = {
  mse: 'needed',
  h264: 'needed',
  h265: 'useful',
  websocket: 'needed',
  webgl: 'useful',
  secure: 'useful',
  storage: 'useful',
};

export type Outcome = 'yes' | 'lesser' | 'no' | 'waiting';

export const outcomeOf = (check: Check, able: boolean | null): Outcome => {
  if (able === null) return 'waiting';
  if (able) return 'yes';
  return NEED[check] === 'needed' ? 'no' : 'lesser';
};

const plays = (codec: string): boolean =>
  typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported(`video/mp4; codecs="${codec}"`);

/** Everything that is known without asking the network. */
export function able(): Record<Exclude<Check, 'websocket'>, boolean> {
  return {
    mse: typeof MediaSource !== 'undefined',
    h264: plays('avc1.64001f') && plays('avc1.42e01e'),
    h265: plays('hvc1.1.6.L93.B0') || plays('hev1.1.6.L93.B0'),
    webgl: document.createElement('canvas').getContext('webgl2') !== null,
    secure: window.isSecureContext,
    storage: keeps(),
  };
}

function keeps(): boolean {
  try {
    window.localStorage.setItem('mingjian.check', '1');
    window.localStorage.removeItem('mingjian.check');
    return true;
  } catch {
    return false;
  }
}

const PATIENCE_MS = 10_000;

/** Whether a WebSocket to this server opens: proxies and gateways on the way may not let one through. */
export function reachesByWebSocket(): Promise<boolean> {
  const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
  return new Promise((resolve) => {
    const socket = new WebSocket(`${scheme}://${window.location.host}/api/v1/events`);
    const end = (reached: boolean) => {
      window.clearTimeout(timer);
      socket.close();
      resolve(reached);
    };
    const timer = window.setTimeout(() => end(false), PATIENCE_MS);
    socket.onopen = () => end(true);
    socket.onerror = () => end(false);
  });
}

/** The one sentence that says why there is no picture, or that there is one. */
export function verdict(outcomes: Readonly<Record<Check, Outcome>>): 'waiting' | 'good' | Check {
  const first = (outcome: Outcome) => CHECKS.find((check) => outcomes[check] === outcome);
  const bad = first('no');
  if (bad) return bad;
  if (first('waiting')) return 'waiting';
  return outcomes.h265 === 'lesser' ? 'h265' : 'good';
}
