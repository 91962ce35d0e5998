/**
 * What changed on the server, heard over one socket for the whole page: `WS /api/v1/events`.
 *
 * While the socket is up nothing asks again and again: what is heard is written into the query cache, or makes what is
 * shown ask once. While it is down pages ask now and then as before; when it is back they ask once for what they show.
 */
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { backoffMs } from '@/lib/backoff';
import { learnServerTime, preciseNowMs } from '@/lib/clock';
import { noteConnection } from '@/lib/connection';
import { microsOf } from '@/lib/time';

export type Topic =
  | 'channel'
  | 'registry'
  | 'alert'
  | 'clip'
  | 'hold'
  | 'mark'
  | 'duty'
  | 'ptz'
  | 'job'
  | 'session'
  | 'settings'
  | 'server'
  | 'time';

export interface Message {
  topic: Topic;
  /** What it is about; without it, about everything of the topic that the person may see. */
  id?: string;
  [more: string]: unknown;
}

type Handler = (message: Message) => void;
const handlers = new Map<Topic, Set<Handler>>();

/** Whether what changes is heard; otherwise it has to be asked for. */
export const useFeed = create<{ up: boolean }>(() => ({ up: false }));

/** How often to ask the server for something that the feed speaks of: not at all while it is heard. */
export const useAskEvery = (ms: number): number | false => (useFeed((feed) => feed.up) ? false : ms);

/** Called with each message of the topic while the component is there. */
export function useEvents(topic: Topic, handler: Handler): void {
  const newest = useRef(handler);
  newest.current = handler;
  useEffect(() => listen(topic, (message) => newest.current(message)), [topic]);
}

export function listen(topic: Topic, handler: Handler): () => void {
  const listening = handlers.get(topic) ?? new Set();
  handlers.set(topic, listening.add(handler));
  return () => void listening.delete(handler);
}

/** What is asked for anew when something of a topic changed; each key holds for all keys that begin with it. */
const SHOWN_BY: Partial<Record<Topic, readonly QueryKey[]>> = {
  channel: [['channels'], ['map', 'cameras']],
  registry: [['channels'], ['places'], ['registry'], ['recording'], ['map', 'cameras']],
  alert: [['alerts']],
  clip: [['clips']],
  hold: [['holds']],
  mark: [['marks']],
  duty: [['duty']],
  ptz: [['ptz']],
  job: [['checks'], ['damage'], ['verifications'], ['storage']],
  session: [['session'], ['own-state']],
  settings: [['settings'], ['site']],
};

/** What is asked for all the same when the thing itself was written where pages read it. */
const COUNTED_BY: Partial<Record<Topic, readonly QueryKey[]>> = {
  channel: [
    ['channels', 'summary'],
    ['map', 'cameras'],
  ],
};

/** After a message the pages of a whole duty room would ask in the same instant. */
const SPREAD_MS = 400;
const SPREAD_AFTER_RESTART_MS = 2_000;
/** The same is asked for at most so often, however much changes. */
const LEAST_APART_MS = 2_000;
/** A map counts all cameras in its frame for each answer. */
const MAPS_APART_MS = 10_000;
const apartMs = (key: QueryKey): number => (key[0] === 'map' ? MAPS_APART_MS : LEAST_APART_MS);
const TIME_EVERY_MS = 30_000;

interface Socket {
  close(): void;
  send(text: string): void;
  onclose: ((event: { code: number }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
}

/** What the feed needs of the world around it, so that tests give it another. */
export interface World {
  open(): Socket;
  after(ms: number, then: () => void): () => void;
  random(): number;
  nowMs(): number;
  /** A channel's state was heard: true when it could be written where pages read it. */
  write(message: Message): boolean;
  ask(key: QueryKey): void;
  askAll(): void;
  /** Ask again for what was answered already, of what the feed speaks of. */
  askAnswered(): void;
  sessionOver(): void;
}

const SESSION_OVER = 4401;

/** One socket, made again until `stop`. Retries wait 1, 2, 4 s and so on, each page a little differently. */
export class Feed {
  private socket: Socket | null = null;
  private boot: string | null = null;
  private attempt = 0;
  private stopped = false;
  private waiting = new Map<string, () => void>();
  private askedMs = new Map<string, number>();
  private timeAsked: number | null = null;
  private cancelRetry: () => void = () => {};
  private cancelTime: () => void = () => {};

  constructor(private readonly world: World) {
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of [...this.waiting.values(), this.cancelRetry, this.cancelTime]) cancel();
    this.socket?.close();
    useFeed.setState({ up: false });
  }

  private connect(): void {
    const socket = this.world.open();
    this.socket = socket;
    socket.onmessage = ({ data }) => this.heard(JSON.parse(String(data)) as Message);
    socket.onclose = ({ code }) => this.lost(code);
  }

  private lost(code: number): void {
    if (this.stopped) return;
    useFeed.setState({ up: false });
    this.timeAsked = null;
    this.cancelTime();
    if (code === SESSION_OVER) {
      this.stopped = true;
      this.world.sessionOver();
      return;
    }
    // A first failure may be a hiccup; that the server is away is said when it cannot be reached again.
    if (this.attempt > 0) noteConnection(true);
    const waitMs = backoffMs(this.attempt++, this.world.random());
    this.cancelRetry = this.world.after(waitMs, () => this.connect());
  }

  private heard(message: Message): void {
    if (message.topic === 'server') this.server(message);
    else if (message.topic === 'time') this.time(message);
    else this.changed(message);
    for (const handler of handlers.get(message.topic) ?? []) handler(message);
  }

  private server(message: Message): void {
    if (typeof message.boot === 'string') {
      this.attempt = 0;
      noteConnection(false);
      useFeed.setState({ up: true });
      // Between two sockets anything may have changed; after a restart everybody comes back at once.
      if (this.boot !== null) this.everything(this.boot === message.boot ? SPREAD_MS : SPREAD_AFTER_RESTART_MS);
      // So it may between the first answers of a page and its first socket.
      else this.world.askAnswered();
      this.boot = message.boot;
      this.askTime();
    } else if (message.reload) this.everything(SPREAD_AFTER_RESTART_MS);
  }

  private everything(spreadMs: number): void {
    for (const cancel of this.waiting.values()) cancel();
    this.waiting.clear();
    this.later('everything', spreadMs * this.world.random(), () => this.world.askAll());
  }

  private changed(message: Message): void {
    const whole = message.id && this.world.write(message);
    for (const key of (whole ? COUNTED_BY : SHOWN_BY)[message.topic] ?? []) this.askSoon(key);
  }

  private askSoon(key: QueryKey): void {
    const name = JSON.stringify(key);
    if (this.waiting.has(name) || this.waiting.has('everything')) return;
    const sinceMs = this.world.nowMs() - (this.askedMs.get(name) ?? Number.NEGATIVE_INFINITY);
    const waitMs = Math.max(SPREAD_MS * this.world.random(), apartMs(key) - sinceMs);
    this.later(name, waitMs, () => {
      this.askedMs.set(name, this.world.nowMs());
      this.world.ask(key);
    });
  }

  private later(name: string, ms: number, then: () => void): void {
    const run = () => {
      this.waiting.delete(name);
      then();
    };
    this.waiting.set(name, this.world.after(ms, run));
  }

  private askTime(): void {
    this.timeAsked = preciseNowMs();
    this.socket?.send('time');
    this.cancelTime = this.world.after(TIME_EVERY_MS, () => this.askTime());
  }

  private time(message: Message): void {
    if (this.timeAsked !== null && typeof message.time === 'string')
      learnServerTime(this.timeAsked, preciseNowMs(), microsOf(message.time));
    this.timeAsked = null;
  }
}

const address = () => `${window.location.origin.replace(/^http/, 'ws')}/api/v1/events`;

/** The feed of this page, into `queries`; ends with the call of what it gives back. */
export function startFeed(queries: QueryClient, sessionOver: () => void): () => void {
  const feed = new Feed({
    open: () => new WebSocket(address()) as unknown as Socket,
    after: (ms, then) => {
      const timer = window.setTimeout(then, ms);
      return () => window.clearTimeout(timer);
    },
    random: Math.random,
    nowMs: preciseNowMs,
    write: (message) => written(queries, message),
    ask: (key) => void queries.invalidateQueries({ queryKey: key }),
    askAll: () => void queries.invalidateQueries(),
    askAnswered: () => void queries.invalidateQueries({ predicate: isOfFeed, fetchStatus: 'idle' }),
    sessionOver,
  });
  return () => feed.stop();
}

/** Whether the feed tells of changes to this, but for who is signed in: each answer of the server depends on that. */
export function isOfFeed({ queryKey, state }: Query): boolean {
  const { session, ...rest } = SHOWN_BY;
  return state.dataUpdatedAt > 0 && Object.values(rest).some((keys) => keys.some((key) => begins(queryKey, key)));
}

const begins = (whole: QueryKey, begin: QueryKey): boolean => begin.every((part, at) => whole[at] === part);

/** Lists in the cache that hold the one that is heard of get its new state in place; nothing is asked. */
export function written(queries: QueryClient, { topic, id, ...facts }: Message): boolean {
  if (topic !== 'channel' && topic !== 'clip') return false;
  let found = false;
  const change = (one: unknown): unknown => {
    if (!isObject(one) || one.id !== id) return one;
    found = true;
    return { ...one, ...facts };
  };
  const key = topic === 'channel' ? ['channels'] : ['clips'];
  queries.setQueriesData({ queryKey: key }, (data: unknown) => {
    const next = inLists(data, change);
    return found ? next : data;
  });
  // A clip that is ready has parts and a file that were not told. Of channels every list that matters holds what it shows.
  return topic === 'channel' || (found && (facts.state === 'running' || facts.state === 'waiting'));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The thing itself, a list, a page `{items}`, or pages `{pages: [{items}]}`. */
function inLists(data: unknown, change: (one: unknown) => unknown): unknown {
  if (Array.isArray(data)) return data.map(change);
  if (!isObject(data)) return data;
  if (typeof data.id === 'string') return change(data);
  if (Array.isArray(data.items)) return { ...data, items: data.items.map(change) };
  if (Array.isArray(data.pages)) return { ...data, pages: data.pages.map((page) => inLists(page, change)) };
  return data;
}
