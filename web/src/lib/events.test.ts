// @vitest-environment jsdom
import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it } from 'vitest';
import { useConnection } from './connection';
import { Feed, isOfFeed, listen, type Message, useFeed, type World, written } from './events';

class Fake implements World {
  sockets: { close(): void; send(text: string): void; sent: string[]; onclose: never; onmessage: never }[] = [];
  timers: { atMs: number; then: () => void }[] = [];
  atMs = 0;
  asked: string[] = [];
  over = 0;
  answered = 0;
  writes = false;
  luck = 0.5;

  open() {
    const sent: string[] = [];
    const socket = {
      close: () => {},
      send: (text: string) => void sent.push(text),
      sent,
      onclose: null,
      onmessage: null,
    };
    this.sockets.push(socket as never);
    return socket;
  }
  after(ms: number, then: () => void) {
    const timer = { atMs: this.atMs + ms, then };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }
  random = () => this.luck;
  nowMs = () => this.atMs;
  write = () => this.writes;
  ask = (key: readonly unknown[]) => void this.asked.push(key.join('/'));
  askAll = () => void this.asked.push('everything');
  askAnswered = () => void this.answered++;
  sessionOver = () => void this.over++;

  pass(ms: number) {
    const until = this.atMs + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.atMs = next.atMs;
      next.then();
    }
    this.atMs = until;
  }
  get newest() {
    return this.sockets.at(-1) as unknown as {
      sent: string[];
      onclose: (event: { code: number }) => void;
      onmessage: (event: { data: string }) => void;
    };
  }
  say(message: Message) {
    this.newest.onmessage({ data: JSON.stringify(message) });
  }
  fail(code = 1006) {
    this.newest.onclose({ code });
  }
}

const hello = (boot: string): Message => ({ topic: 'server', boot, time: '2026-11-20T06:03:00.000000Z' });
let world: Fake;
let feed: Feed;

beforeEach(() => {
  useConnection.setState({ lost: false });
  world = new Fake();
  feed = new Feed(world);
});

describe('the feed', () => {
  it('says that it hears, from the first message until it is lost', () => {
    expect(useFeed.getState().up).toBe(false);
    world.say(hello('one'));
    expect(useFeed.getState().up).toBe(true);
    expect(world.asked).toEqual([]);
    world.fail();
    expect(useFeed.getState().up).toBe(false);
  });

  it('asks again, once, for what was answered before it heard anything', () => {
    expect(world.answered).toBe(0);
    world.say(hello('a'));
    world.fail();
    world.pass(60_000);
    world.say(hello('a'));
    expect(world.answered).toBe(1);
  });

  it('asks once for what several messages are about, and not again at once', () => {
    world.say(hello('one'));
    for (const id of ['a', 'b', 'c']) world.say({ topic: 'alert', id });
    world.pass(400);
    expect(world.asked).toEqual(['alerts']);
    world.say({ topic: 'alert', id: 'd' });
    world.pass(1_000);
    expect(world.asked).toEqual(['alerts']);
    world.pass(1_000);
    expect(world.asked).toEqual(['alerts', 'alerts']);
  });

  it('asks nothing for what was written into the cache', () => {
    world.say(hello('one'));
    world.writes = true;
    world.say({ topic: 'channel', id: 'a', state: 'offline' });
    world.pass(5_000);
    expect(world.asked).toEqual(['channels/summary', 'map/cameras']);
    world.say({ topic: 'channel' });
    world.pass(4_000);
    expect(world.asked).toEqual(['channels/summary', 'map/cameras', 'channels']);
  });

  it('asks for a map, which counts all cameras, every ten seconds at most', () => {
    world.say(hello('one'));
    world.writes = true;
    const maps = () => world.asked.filter((key) => key === 'map/cameras').length;
    for (let second = 0; second < 25; second++) {
      world.say({ topic: 'channel', id: 'a', state: second % 2 ? 'offline' : 'recording' });
      world.pass(1_000);
    }
    expect(maps()).toBe(3);
  });

  it('asks for everything when it was told to, or another server answers', () => {
    world.say(hello('one'));
    world.say({ topic: 'server', reload: true });
    world.say({ topic: 'alert', id: 'a' });
    world.pass(5_000);
    expect(world.asked).toEqual(['everything']);
    world.fail();
    world.pass(2_000);
    world.say(hello('two'));
    world.pass(2_000);
    expect(world.asked).toEqual(['everything', 'everything']);
  });

  it.each([0, 0.5, 0.999])('comes back after 1, 2, 4 s and so on, each page differently (%d)', (luck) => {
    world.luck = luck;
    world.say(hello('one'));
    const began: number[] = [];
    for (let tries = 0; tries < 5; tries++) {
      const before = world.sockets.length;
      world.fail();
      while (world.sockets.length === before) world.pass(10);
      began.push(world.atMs);
    }
    const expected = [1, 3, 7, 15, 31].map((seconds) => seconds * 1_000 * (0.75 + luck / 2));
    expect(began.every((ms, index) => Math.abs(ms - (expected[index] ?? 0)) < 100)).toBe(true);
    // The first second sees at most two sockets: the one that was lost and, of the luckiest, one more.
    expect(began.filter((ms) => ms <= 1_000).length).toBeLessThanOrEqual(1);
  });

  it('says that the server is away once it cannot be reached again, and that it is back', () => {
    world.say(hello('one'));
    world.fail();
    expect(useConnection.getState().lost).toBe(false);
    world.pass(2_000);
    world.fail();
    expect(useConnection.getState().lost).toBe(true);
    world.pass(5_000);
    world.say(hello('one'));
    expect(useConnection.getState().lost).toBe(false);
  });

  it('ends with the sign-in', () => {
    world.say(hello('one'));
    world.fail(4401);
    world.pass(60_000);
    expect([world.over, world.sockets.length]).toEqual([1, 1]);
  });

  it('ends when the page goes', () => {
    world.say(hello('one'));
    world.say({ topic: 'alert', id: 'a' });
    feed.stop();
    world.pass(60_000);
    expect([world.asked, world.sockets.length]).toEqual([[], 1]);
  });

  it('asks for the time now and then', () => {
    world.say(hello('one'));
    world.pass(61_000);
    expect(world.newest.sent).toEqual(['time', 'time', 'time']);
  });

  it('calls who listens to a topic, and nobody else', () => {
    const heard: (string | undefined)[] = [];
    const leave = listen('ptz', ({ id }) => heard.push(id));
    world.say({ topic: 'ptz', id: 'a' });
    world.say({ topic: 'alert', id: 'b' });
    leave();
    world.say({ topic: 'ptz', id: 'c' });
    expect(heard).toEqual(['a']);
  });
});

describe('what is heard in place', () => {
  const channel = { topic: 'channel', id: 'a', state: 'offline', problem: null } as const;
  it.each([
    ['one', { id: 'a', state: 'recording', name: '门' }, (data: never) => data],
    ['a list', [{ id: 'a', state: 'recording', name: '门' }], (data: never) => data[0]],
    ['a page', { items: [{ id: 'a', state: 'recording', name: '门' }], next: null }, (data: never) => data['items'][0]],
    [
      'pages',
      { pages: [{ items: [{ id: 'a', state: 'recording', name: '门' }] }] },
      (data: never) => data['pages'][0]['items'][0],
    ],
  ])('changes the one in %s', (_name, data, found) => {
    const queries = new QueryClient();
    queries.setQueryData(['channels'], data);
    expect(written(queries, channel)).toBe(true);
    expect(found(queries.getQueryData(['channels']) as never)).toEqual({
      id: 'a',
      state: 'offline',
      name: '门',
      problem: null,
    });
  });

  it('leaves what does not hold it as it is', () => {
    const queries = new QueryClient();
    const data = [{ id: 'b' }];
    queries.setQueryData(['channels'], data);
    written(queries, channel);
    expect(queries.getQueryData(['channels'])).toBe(data);
  });

  it('asks for the rest of a clip that is ready', () => {
    const queries = new QueryClient();
    queries.setQueryData(['clips'], [{ id: 'c', state: 'running', done_bytes: 1 }]);
    expect(written(queries, { topic: 'clip', id: 'c', state: 'running', done_bytes: 2 })).toBe(true);
    expect(queries.getQueryData(['clips'])).toEqual([{ id: 'c', state: 'running', done_bytes: 2 }]);
    expect(written(queries, { topic: 'clip', id: 'c', state: 'ready' })).toBe(false);
  });
});

describe('what is asked for again when the feed begins', () => {
  it.each([
    [['channels', 'page', ''], true],
    [['map', 'cameras', 'here'], true],
    [['map', 'places'], false],
    [['session'], false],
    [['regions'], false],
  ])('%s: %s', (queryKey, again) => {
    const queries = new QueryClient();
    queries.setQueryData(queryKey, []);
    queries.getQueryCache().build(queries, { queryKey: [...queryKey, 'not answered yet'] });
    expect(queries.getQueryCache().findAll({ predicate: isOfFeed })).toHaveLength(again ? 1 : 0);
  });
});
