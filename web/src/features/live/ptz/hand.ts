import type { Problem } from '@/api';
import { turningAddress } from '@/lib/server';
import { isStill, type Speed, STILL } from './steering';

/** A movement is said again so often; the server stops a camera of which it has heard nothing for 1.2 s. */
export const AGAIN_MS = 400;

type Told = { type: 'held'; expires_at: string } | { type: 'done'; do: string } | { type: 'problem'; problem: Problem };

export interface HandListener {
  onHeld: (expiresAt: string) => void;
  onProblem: (problem: Problem) => void;
  /** The socket ended: let go, taken over, the sign-in is over, the server is gone. */
  onLost: () => void;
}

/** A camera in hand: one socket, and the words that are said over it. */
export class Hand {
  readonly #socket: WebSocket;
  #speed: Speed = STILL;
  #again = 0;

  constructor(
    channelId: string,
    lockId: string,
    private readonly listener: HandListener,
  ) {
    this.#socket = new WebSocket(turningAddress(channelId, lockId));
    this.#socket.onmessage = ({ data }) => this.#told(JSON.parse(String(data)) as Told);
    this.#socket.onclose = () => {
      window.clearInterval(this.#again);
      listener.onLost();
    };
  }

  /** Move so from now on, or stand. */
  move(speed: Speed): void {
    const { pan, tilt, zoom } = this.#speed;
    if (speed.pan === pan && speed.tilt === tilt && speed.zoom === zoom) return;
    this.#speed = speed;
    window.clearInterval(this.#again);
    this.#say(isStill(speed) ? { do: 'stop' } : { do: 'move', ...speed });
    if (!isStill(speed)) this.#again = window.setInterval(() => this.#say({ do: 'move', ...this.#speed }), AGAIN_MS);
  }

  goTo(preset: string): void {
    this.move(STILL);
    this.#say({ do: 'goto', preset });
  }

  home(): void {
    this.move(STILL);
    this.#say({ do: 'home' });
  }

  /** Let go. The server stops the camera when the socket ends. */
  close(): void {
    this.move(STILL);
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #say(words: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(words));
  }

  #told(message: Told): void {
    if (message.type === 'held') this.listener.onHeld(message.expires_at);
    else if (message.type === 'problem') this.listener.onProblem(message.problem);
  }
}
