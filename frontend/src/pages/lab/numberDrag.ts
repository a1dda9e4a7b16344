/** A number in code changed by steps: as many decimals as it has, at least one for a float. */

/** What one step is worth: 1 for integers, 0.1 (or the last decimal) for floats. */
export function stepOf(text: string): number {
  if (/^\d+$/.test(text)) return 1;
  const decimals = /\.(\d*)/.exec(text)?.[1]?.length ?? 0;
  if (/e/i.test(text)) return Number(text) === 0 ? 0.1 : 10 ** Math.floor(Math.log10(Math.abs(Number(text)))) / 10;
  return decimals >= 2 ? 10 ** -decimals : 0.1;
}

/** The text of a number moved by whole steps; `fine` steps are ten times smaller. Integers stay integers. */
export function moved(text: string, steps: number, fine = false): string {
  const integer = /^\d+$/.test(text);
  const step = stepOf(text) / (fine && !integer ? 10 : 1);
  const value = Number(text.replace(/_/g, '')) + steps * step;
  if (integer) return String(Math.max(0, Math.round(value)));
  if (/e/i.test(text)) return value.toExponential(2).replace('e+', 'e');
  const own = /\.(\d*)/.exec(text)?.[1]?.length ?? 0;
  const decimals = Math.max(own, Math.round(-Math.log10(step)), 0);
  const fixed = value.toFixed(decimals);
  // `4.` stays short while it is whole.
  const trimmed = own === 0 && /\.0+$/.test(fixed) ? fixed.replace(/0+$/, '') : fixed;
  return value < 0 ? trimmed : trimmed.replace(/^-/, '');
}
