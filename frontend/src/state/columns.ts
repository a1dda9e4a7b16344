/** Metrics of every step as growable typed arrays, one per column, so that a million steps stay cheap to append and draw. */

const FIRST_CAPACITY = 1024;

export class Columns {
  readonly names: readonly string[];
  length = 0;
  #steps = new Int32Array(FIRST_CAPACITY);
  #data: Float32Array[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.#data = names.map(() => new Float32Array(FIRST_CAPACITY));
  }

  /** The step of each row, ascending; a view that holds until the next append. */
  get steps(): Int32Array {
    return this.#steps.subarray(0, this.length);
  }

  /** One column, NaN where it was not measured; a view that holds until the next append. */
  column(name: string): Float32Array | null {
    return this.#data[this.names.indexOf(name)]?.subarray(0, this.length) ?? null;
  }

  /** The newest finite value of a column at or before a step. */
  valueAt(name: string, step = Infinity): number | null {
    const column = this.column(name);
    if (!column) return null;
    for (let i = this.indexAt(step); i >= 0; i--) if (!Number.isNaN(column[i]!)) return column[i]!;
    return null;
  }

  /** Rows in C order: row i belongs to step `firstStep` + i. */
  append(firstStep: number, values: ArrayLike<number>): void {
    const width = this.names.length;
    const rows = width > 0 ? values.length / width : 0;
    this.#reserve(this.length + rows);
    for (let row = 0; row < rows; row++) {
      const at = this.length + row;
      this.#steps[at] = firstStep + row;
      for (let k = 0; k < width; k++) this.#data[k]![at] = values[row * width + k]!;
    }
    this.length += rows;
  }

  /** Last row whose step is at most `step`; -1 if there is none. */
  indexAt(step: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#steps[middle]! <= step) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Cuts off the rows after `step` and gives them back: the abandoned branch. */
  cutAfter(step: number): Columns | null {
    const keep = this.indexAt(step) + 1;
    if (keep === this.length) return null;
    const cut = new Columns(this.names);
    cut.#steps = this.#steps.slice(keep, this.length);
    cut.#data = this.#data.map((column) => column.slice(keep, this.length));
    cut.length = this.length - keep;
    this.length = keep;
    return cut;
  }

  #reserve(rows: number): void {
    let capacity = this.#steps.length;
    if (rows <= capacity) return;
    while (capacity < rows) capacity = Math.max(FIRST_CAPACITY, capacity * 2);
    const steps = new Int32Array(capacity);
    steps.set(this.steps);
    this.#steps = steps;
    this.#data = this.#data.map((old) => {
      const grown = new Float32Array(capacity);
      grown.set(old.subarray(0, this.length));
      return grown;
    });
  }
}
