/** Numbers as people read them: a true minus, short exponents, no more digits than say something. */

const MINUS = '\u2212';

function exponent(value: number, digits: number): string {
  const [mantissa, power] = value.toExponential(digits).split('e') as [string, string];
  const lead = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${lead}e${power.replace('+', '')}`;
}

/** A measured value with `digits` significant digits: 0.186, 1.01, 9e−3, 12 400. */
export function short(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size < 1e-2 || size >= 1e6
      ? exponent(value, Math.max(0, digits - 2))
      : size >= 100
        ? String(Math.round(value))
        : Number(value.toPrecision(digits)).toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  return text.replaceAll('-', MINUS);
}

/** A tick: no trailing zeros, thousands as k and M. */
export function tick(value: number): string {
  const size = Math.abs(value);
  let text: string;
  if (size >= 1e6) text = `${Number((value / 1e6).toPrecision(4))}M`;
  else if (size >= 1e4) text = `${Number((value / 1e3).toPrecision(4))}k`;
  else if (size > 0 && size < 1e-3) text = exponent(value, 2);
  else text = String(Number(value.toPrecision(6)));
  return text.replaceAll('-', MINUS);
}

/** A share in percent with one decimal, and none at the ends. */
export function percent(value: number): string {
  if (!Number.isFinite(value)) return 'NaN';
  if (value === 0 || value === 1) return `${value * 100}%`;
  const shown = value * 100;
  // 99.96 must not read as perfect.
  return `${shown > 99.9 && shown < 100 ? (Math.floor(shown * 100) / 100).toFixed(2) : shown.toFixed(1)}%`;
}
