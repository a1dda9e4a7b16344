/** Where an axis gets its ticks: 1 2 5 on a linear one, 1 3 10 or 1 2 5 10 or whole decades on a logarithmic one. */

/** The 1-2-5 step that cuts `span` into at most `count` parts. */
export function niceStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  const factor = lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10;
  return factor * power;
}

/** Ticks at multiples of a 1-2-5 step inside [low, high]. */
export function linearTicks(low: number, high: number, count = 4): number[] {
  if (!(high > low)) return Number.isFinite(low) ? [low] : [];
  const step = niceStep(high - low, count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks: number[] = [];
  // Multiplying keeps 0.1 + 0.2 away; the precision is cut where the step ends.
  for (let i = first; i <= last; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Ticks of a logarithmic axis inside [low, high], at most about `count` of them. */
export function logTicks(low: number, high: number, count = 4): number[] {
  if (!(low > 0) || !(high > low)) return low > 0 ? [low] : [];
  const from = Math.floor(Math.log10(low) - 1e-9);
  const to = Math.ceil(Math.log10(high) + 1e-9);
  const inside = (leads: number[], every = 1): number[] => {
    const ticks: number[] = [];
    for (let e = from; e <= to; e++) {
      if (((e % every) + every) % every) continue;
      for (const lead of leads) {
        const tick = Number(`${lead}e${e}`);
        if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
      }
    }
    return ticks;
  };
  for (const leads of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = inside(leads);
    if (ticks.length <= count + 1 && ticks.length >= 2) return ticks;
  }
  const decades = inside([1]);
  if (decades.length >= 2) {
    const every = Math.ceil(decades.length / (count + 1));
    return inside([1], every);
  }
  // Less than a factor of ten: a linear axis says more.
  return linearTicks(low, high, count);
}

/** A scale from a value to pixels and back. */
export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
  low: number;
  high: number;
  log: boolean;
}

export function scale(low: number, high: number, from: number, to: number, log = false): Scale {
  const f = log ? Math.log : (x: number) => x;
  const g = log ? Math.exp : (x: number) => x;
  const a = f(low);
  const span = f(high) - a || 1;
  const apply = ((value: number) => from + ((f(value) - a) / span) * (to - from)) as Scale;
  apply.invert = (pixel: number) => g(a + ((pixel - from) / (to - from || 1)) * span);
  apply.low = low;
  apply.high = high;
  apply.log = log;
  return apply;
}
