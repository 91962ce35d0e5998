/**
 * Plays one recording by itself, or several in step: then all go by one clock of wall time, which waits for those that
 * load and leaps where none of them has anything.
 */
import type { Pace, PlaybackPlayer, PlaybackState } from './PlaybackPlayer';
import type { RecordedSoundState } from './RecordedSound';

export interface Conducted {
  /** Wall time of the picture on the screen, renewed a few times a second; null before the first. */
  pictureUs: number | null;
  /** Run of the server's clock that it is from; null for several at once. */
  epoch: number | null;
  playing: boolean;
  speed: number;
  /** Whether sound is wanted, and what became of that. */
  hearing: boolean;
  sounding: RecordedSoundState;
  /** What the channel that the desk is about shows. */
  state: PlaybackState;
  together: boolean;
}

interface Member {
  player: PlaybackPlayer;
  state: PlaybackState;
  loadingSinceMs: number | null;
  sounding: RecordedSoundState;
}

const TICK_MS = 100;
const RENEW_MS = 200;
/** So long the others wait for one that loads; then they go on without it, and it joins them when it can. */
const PATIENCE_MS = 4_000;
const IDLE: PlaybackState = { kind: 'idle' };

export class Conductor implements Pace {
  readonly #members = new Map<string, Member>();
  #focus: string | null = null;
  #baseUs: number | null = null;
  #baseMs = 0;
  #moving = false;
  #epoch: number | null = null;
  #renewedMs = 0;
  #listeners = new Set<() => void>();
  #now: Conducted = {
    pictureUs: null,
    epoch: null,
    playing: false,
    speed: 1,
    hearing: false,
    sounding: 'off',
    state: IDLE,
    together: false,
  };
  #ticking = 0;
  /** Called where all of several had nothing, with what was left out. */
  onLeap: (fromUs: number, toUs: number) => void = () => {};

  begin(): void {
    this.#ticking = window.setInterval(() => this.#tick(), TICK_MS);
  }

  dispose(): void {
    window.clearInterval(this.#ticking);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): Conducted => this.#now;

  /** The moment that should be on the screens now. */
  get wallUs(): number {
    const base = this.#baseUs ?? 0;
    return this.#moving ? base + (performance.now() - this.#baseMs) * 1000 * this.#now.speed : base;
  }

  get running(): boolean {
    return this.#moving;
  }

  get waiting(): boolean {
    return this.#now.playing;
  }

  get #together(): boolean {
    return this.#members.size > 1;
  }

  join(id: string, player: PlaybackPlayer): void {
    this.#members.set(id, { player, state: IDLE, loadingSinceMs: null, sounding: 'off' });
    player.setSpeed(this.#now.speed);
    const moment = this.#together && this.#baseUs !== null ? this.wallUs : this.#baseUs;
    if (moment !== null) player.seek(moment, this.#members.size === 1 ? this.#epoch : null);
    this.#arrange();
    if (!this.#together && this.#now.playing) player.play();
    this.#listen();
  }

  leave(id: string): void {
    this.#members.delete(id);
    this.#arrange();
    this.#listen();
  }

  /** The channel that the desk is about: of it sound is heard, and by its frames is stepped. */
  focus(id: string | null): void {
    this.#focus = id;
    this.#listen();
    const member = this.#focused();
    this.#change({ state: member?.state ?? IDLE, sounding: member?.sounding ?? 'off' });
  }

  seek(us: number, epoch: number | null): void {
    this.#set(us);
    this.#epoch = epoch;
    for (const { player } of this.#members.values()) player.seek(us, epoch);
    if (this.#together) this.#change({ pictureUs: us, epoch: null });
  }

  play(): void {
    this.#change({ playing: true });
    if (!this.#together) for (const { player } of this.#members.values()) player.play();
  }

  pause(): void {
    this.#hold();
    this.#change({ playing: false });
    if (!this.#together) for (const { player } of this.#members.values()) player.pause();
    else this.#change({ pictureUs: this.#baseUs });
  }

  /** By one frame of the channel that the desk is about; false where none is held. */
  step(direction: 1 | -1): boolean {
    const member = this.#focused();
    if (!member) return false;
    if (!this.#together) {
      this.#change({ playing: false });
      return member.player.step(direction);
    }
    this.pause();
    const us = member.player.beside(direction);
    if (us === null) return false;
    this.#set(us);
    this.#change({ pictureUs: us });
    return true;
  }

  setSpeed(speed: number): void {
    this.#set(this.wallUs);
    this.#change({ speed });
    for (const { player } of this.#members.values()) player.setSpeed(speed);
  }

  hear(hearing: boolean): void {
    this.#change({ hearing });
    this.#listen();
  }

  // What the players say

  stated(id: string, state: PlaybackState): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.state = state;
    member.loadingSinceMs = state.kind === 'loading' ? (member.loadingSinceMs ?? performance.now()) : null;
    if (member === this.#focused()) this.#change({ state });
  }

  sounded(id: string, sounding: RecordedSoundState): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.sounding = sounding;
    if (member === this.#focused()) this.#change({ sounding });
  }

  framed(us: number, epoch: number | null, still: boolean): void {
    if (this.#together) return;
    this.#baseUs = us;
    this.#epoch = epoch;
    if (performance.now() - this.#renewedMs < RENEW_MS && !still) return;
    this.#renewedMs = performance.now();
    this.#change({ pictureUs: us, epoch });
  }

  #focused(): Member | null {
    const member = this.#focus === null ? undefined : this.#members.get(this.#focus);
    return member ?? this.#members.values().next().value ?? null;
  }

  #listen(): void {
    const focused = this.#focused();
    for (const member of this.#members.values()) member.player.hear(this.#now.hearing && member === focused);
  }

  /** One plays by itself; from the second on all go by the clock. */
  #arrange(): void {
    const together = this.#together;
    if (together !== this.#now.together) {
      this.#set(this.#now.together ? this.wallUs : (this.#baseUs ?? 0), this.#baseUs !== null);
      this.#hold();
    }
    for (const { player } of this.#members.values()) player.follow(together ? this : null);
    const [single] = this.#members.values();
    if (this.#now.together && single && !together) {
      if (this.#now.playing) single.player.play();
    }
    this.#change({ together });
  }

  #set(us: number, known = true): void {
    if (!known) return;
    this.#baseUs = us;
    this.#baseMs = performance.now();
  }

  #hold(): void {
    if (!this.#moving) return;
    this.#set(this.wallUs);
    this.#moving = false;
  }

  #tick(): void {
    if (!this.#together || this.#baseUs === null) return;
    const states = [...this.#members.values()];
    const waits = states.some(
      ({ loadingSinceMs }) => loadingSinceMs !== null && performance.now() - loadingSinceMs < PATIENCE_MS,
    );
    const shows = states.some(({ state }) => state.kind === 'playing' || state.kind === 'paused');
    if (this.#now.playing && !shows && !waits) this.#leap(states);
    const goes = this.#now.playing && !waits && shows;
    if (goes && !this.#moving) {
      this.#set(this.#baseUs);
      this.#moving = true;
    } else if (!goes) this.#hold();
    if (performance.now() - this.#renewedMs < RENEW_MS || !this.#moving) return;
    this.#renewedMs = performance.now();
    this.#change({ pictureUs: Math.round(this.wallUs), epoch: null });
  }

  /** None of them has anything here: on to where the first of them has. */
  #leap(states: Member[]): void {
    const nexts = states.flatMap(({ state }) =>
      state.kind === 'gap' && state.untilUs !== null ? [state.untilUs] : [],
    );
    if (nexts.length === 0) return;
    const [from, to] = [this.wallUs, Math.min(...nexts)];
    if (to <= from) return;
    this.#set(to + 1000);
    this.onLeap(from, to);
    this.#change({ pictureUs: to });
  }

  #change(some: Partial<Conducted>): void {
    const names = Object.keys(some) as (keyof Conducted)[];
    if (names.every((name) => this.#now[name] === some[name])) return;
    this.#now = { ...this.#now, ...some };
    for (const listener of this.#listeners) listener();
  }
}
