/** A value that is measured again and again, with noise: it moves slowly towards what is measured, and leaps when that does. */
export class Steady {
  #value: number | null = null;

  constructor(
    private readonly gain: number,
    private readonly leap: number,
  ) {}

  get value(): number | null {
    return this.#value;
  }

  add(measured: number): number {
    const error = this.#value === null ? Number.POSITIVE_INFINITY : measured - this.#value;
    this.#value = Math.abs(error) > this.leap ? measured : (this.#value ?? 0) + error * this.gain;
    return this.#value;
  }

  forget(): void {
    this.#value = null;
  }
}
