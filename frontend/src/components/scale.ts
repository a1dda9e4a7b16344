/** Where a value lies on a slider: linear, or logarithmic with an own place for zero. */

export interface SliderScale {
  toPosition(value: number): number;
  toValue(position: number): number;
  /** Positions of the ticks: decades on a log scale, none on a linear one. */
  ticks: { position: number; value: number }[];
}

/** On a log scale that begins at zero the first decade starts here, and the left end is zero itself. */
const LEAST = 1e-6;
/** The share of a log scale that zero takes at its left end. */
const ZERO_SHARE = 0.06;

function clamp(x: number): number {
  return Math.min(1, Math.max(0, x));
}

function linear(min: number, max: number, step?: number): SliderScale {
  const span = max - min || 1;
  return {
    toPosition: (value) => clamp((value - min) / span),
    toValue(position) {
      const raw = min + clamp(position) * span;
      const grain = step ?? 10 ** Math.floor(Math.log10(span / 100));
      return Math.min(max, Math.max(min, Number((Math.round(raw / grain) * grain).toPrecision(10))));
    },
    ticks: [],
  };
}

function logarithmic(min: number, max: number): SliderScale {
  const least = min > 0 ? min : LEAST;
  const offset = min > 0 ? 0 : ZERO_SHARE;
  const [low, high] = [Math.log10(least), Math.log10(max)];
  const toPosition = (value: number) =>
    value < least ? 0 : clamp(offset + ((Math.log10(value) - low) / (high - low)) * (1 - offset));
  const ticks = [];
  for (let decade = Math.ceil(low - 1e-9); decade <= high + 1e-9; decade++)
    ticks.push({ position: toPosition(Number(`1e${decade}`)), value: Number(`1e${decade}`) });
  return {
    toPosition,
    toValue(position) {
      if (offset > 0 && position < offset / 2) return 0;
      const exponent = low + clamp((position - offset) / (1 - offset)) * (high - low);
      // Two digits are what a hand on a slider can mean.
      return Math.min(max, Math.max(least, Number((10 ** exponent).toPrecision(2))));
    },
    ticks,
  };
}

export function sliderScale(min: number, max: number, log: boolean, step?: number): SliderScale {
  return log ? logarithmic(min, max) : linear(min, max, step);
}
