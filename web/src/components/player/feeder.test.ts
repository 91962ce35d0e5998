import { expect, it, vi } from 'vitest';
import { Feeder, type FeederFault } from './feeder';

/** A SourceBuffer that takes one operation at a time, as the real one does. */
class Buffer extends EventTarget {
  updating = false;
  mode = '';
  timestampOffset = 0;
  log: string[] = [];
  full = false;

  appendBuffer(bytes: Uint8Array): void {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.begin(`append ${[...bytes].join(' ')}`);
  }

  remove(from: number, to: number): void {
    this.begin(`remove ${from} ${to}`);
  }

  changeType(mime: string): void {
    if (this.updating) throw new Error('busy');
    this.log.push(`type ${mime}`);
  }

  end(): void {
    this.updating = false;
    this.dispatchEvent(new Event('updateend'));
  }

  private begin(what: string): void {
    if (this.updating) throw new Error('busy');
    this.updating = true;
    this.log.push(`${what} @${this.timestampOffset}`);
  }
}

function made() {
  const buffer = new Buffer();
  const onIdle = vi.fn();
  const onFault = vi.fn<(fault: FeederFault) => void>();
  return { buffer, onIdle, onFault, feeder: new Feeder(buffer as unknown as SourceBuffer, { onIdle, onFault }) };
}

const bytes = (...values: number[]) => new Uint8Array(values);

it('joins a burst into one append and keeps the order of everything else', () => {
  const { buffer, feeder } = made();
  feeder.append(bytes(1));
  feeder.append(bytes(2));
  feeder.append(bytes(3));
  feeder.setOffset(7);
  feeder.changeType('x');
  feeder.append(bytes(4));
  feeder.remove(0, 5);
  for (let step = 0; step < 4; step += 1) buffer.end();
  expect(buffer.log).toEqual(['append 1 @0', 'append 2 3 @0', 'type x', 'append 4 @7', 'remove 0 5 @7']);
});

it('is idle only when nothing is under way', () => {
  const { buffer, feeder, onIdle } = made();
  feeder.append(bytes(1));
  feeder.remove(0, 1);
  expect(onIdle).not.toHaveBeenCalled();
  buffer.end();
  expect(onIdle).not.toHaveBeenCalled();
  buffer.end();
  expect(onIdle).toHaveBeenCalledOnce();
});

it('tells a full buffer from a broken one, once, and is then silent', () => {
  const full = made();
  full.buffer.full = true;
  full.feeder.append(bytes(1));
  full.feeder.append(bytes(2));
  expect(full.onFault.mock.calls).toEqual([['quota']]);

  const broken = made();
  broken.feeder.append(bytes(1));
  broken.buffer.dispatchEvent(new Event('error'));
  broken.buffer.end();
  expect(broken.onFault.mock.calls).toEqual([['append']]);
  expect(broken.onIdle).not.toHaveBeenCalled();
});
