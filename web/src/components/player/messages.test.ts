import { expect, it } from 'vitest';
import { HEADER_BYTES, parseMessage } from './messages';

function message(kind: number, wallUs: bigint, body: number[]): ArrayBuffer {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  bytes[0] = kind;
  new DataView(bytes.buffer).setBigUint64(8, wallUs);
  bytes.set(body, HEADER_BYTES);
  return bytes.buffer;
}

it.each([
  [0, 'init'],
  [1, 'key'],
  [2, 'delta'],
  [7, 'sound'],
])('kind %d is %s', (code, kind) => {
  const parsed = parseMessage(message(code, 1795154580123457n, [7, 8, 9]));
  expect(parsed?.kind).toBe(kind);
  expect(parsed?.wallUs).toBe(1795154580123457);
  expect([...(parsed?.body ?? [])]).toEqual([7, 8, 9]);
});

it.each([
  ['an unknown kind', message(3, 1n, [1])],
  ['a header alone', message(1, 1n, [])],
  ['nothing', new ArrayBuffer(0)],
])('%s is passed over', (_name, buffer) => expect(parseMessage(buffer)).toBeNull());
