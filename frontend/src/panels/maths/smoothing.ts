/** Exponential moving average with bias correction (Kingma and Ba, 2015, section 3), kept while a series grows. */
import { Growing } from './extremes';

export class Smoothed {
  readonly #values = new Growing();
  /** The uncorrected average and the weight it has gathered, after each value, so that a cut can go on from there. */
  readonly #average = new Growing();
  readonly #weight = new Growing();

  constructor(
    private readonly at: (index: number) => number,
    readonly factor: number,
  ) {}

  get length(): number {
    return this.#values.length;
  }

  /** Takes in everything before `length`; a smaller length forgets what is after it. */
  resize(length: number): void {
    if (length < this.length) for (const part of [this.#values, this.#average, this.#weight]) part.cut(length);
    const beta = this.factor;
    let average = this.length ? this.#average.at(this.length - 1) : 0;
    let weight = this.length ? this.#weight.at(this.length - 1) : 0;
    for (let i = this.length; i < length; i++) {
      const value = this.at(i);
      if (Number.isFinite(value)) {
        average = beta * average + (1 - beta) * value;
        weight = beta * weight + (1 - beta);
      }
      this.#average.push(average);
      this.#weight.push(weight);
      this.#values.push(Number.isFinite(value) ? average / weight : NaN);
    }
  }

  /** NaN where the series itself was not measured. */
  value(index: number): number {
    return this.#values.at(index);
  }
}
