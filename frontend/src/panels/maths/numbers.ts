/** Numbers on axes: a true minus, no trailing zeros, thousands as k and M. Values elsewhere use components/number. */

export function tick(value: number): string {
  const size = Math.abs(value);
  let text: string;
  if (size >= 1e9) text = value.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e');
  else if (size >= 1e6) text = `${Number((value / 1e6).toPrecision(4))}M`;
  else if (size >= 1e4) text = `${Number((value / 1e3).toPrecision(4))}k`;
  else if (size > 0 && size < 1e-3) text = value.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e');
  else text = String(Number(value.toPrecision(6)));
  return text.replaceAll('-', '\u2212');
}
