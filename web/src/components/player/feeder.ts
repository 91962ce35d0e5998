/** One SourceBuffer fed in order: it takes one operation at a time, and burst appends are joined into one. */

type Job =
  | { kind: 'append'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'remove'; from: number; to: number }
  | { kind: 'type'; mime: string }
  | { kind: 'offset'; seconds: number };

export type FeederFault = 'quota' | 'append';

interface FeederListener {
  /** Nothing waits and nothing is under way. */
  onIdle: () => void;
  onFault: (fault: FeederFault) => void;
}

export class Feeder {
  #jobs: Job[] = [];
  #closed = false;
  readonly #events = new AbortController();

  constructor(
    readonly buffer: SourceBuffer,
    private readonly listener: FeederListener,
  ) {
    buffer.mode = 'segments';
    const { signal } = this.#events;
    buffer.addEventListener('updateend', () => this.#pump(), { signal });
    buffer.addEventListener('error', () => this.#fail('append'), { signal });
  }

  /** Nothing waits and nothing is under way. */
  get idle(): boolean {
    return this.#jobs.length === 0 && !this.buffer.updating;
  }

  append(bytes: Uint8Array<ArrayBuffer>): void {
    this.#add({ kind: 'append', bytes });
  }

  remove(from: number, to: number): void {
    this.#add({ kind: 'remove', from, to });
  }

  changeType(mime: string): void {
    this.#add({ kind: 'type', mime });
  }

  setOffset(seconds: number): void {
    this.#add({ kind: 'offset', seconds });
  }

  /** Forget what waits; what is under way ends by itself. */
  clear(): void {
    this.#jobs = [];
  }

  close(): void {
    this.#closed = true;
    this.#jobs = [];
    this.#events.abort();
  }

  #add(job: Job): void {
    if (this.#closed) return;
    this.#jobs.push(job);
    if (!this.buffer.updating) this.#pump();
  }

  #fail(fault: FeederFault): void {
    if (this.#closed) return;
    this.close();
    this.listener.onFault(fault);
  }

  #pump(): void {
    try {
      // Changes of type and offset take effect at once: go on until something is under way.
      while (!this.#closed && !this.buffer.updating && this.#jobs.length > 0) this.#next();
    } catch (error) {
      this.#fail(error instanceof DOMException && error.name === 'QuotaExceededError' ? 'quota' : 'append');
      return;
    }
    if (!this.#closed && !this.buffer.updating) this.listener.onIdle();
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (!job) return;
    if (job.kind === 'append') this.buffer.appendBuffer(this.#joined(job.bytes));
    else if (job.kind === 'remove') this.buffer.remove(job.from, job.to);
    else if (job.kind === 'type') this.buffer.changeType(job.mime);
    else this.buffer.timestampOffset = job.seconds;
  }

  #joined(first: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const parts = [first];
    while (this.#jobs[0]?.kind === 'append') {
      const job = this.#jobs.shift();
      if (job?.kind === 'append') parts.push(job.bytes);
    }
    return parts.length === 1 ? first : concatenate(parts);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
