/** Numbers as people read and type them: a real minus, a thin gap in thousands, short exponents. */

export interface Bounds {
  min?: number;
  max?: number;
  above?: number;
  below?: number;
  integer?: boolean;
}

/** A number in as few characters as say it exactly enough: 0.03, 1e−4, 2 400. */
export function shortNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  let text: string;
  if (Number.isInteger(value) && size < 1e15) return grouped(value);
  if (size < 1e-3 || size >= 1e6) text = trimExponent(value.toExponential(digits - 1));
  else text = Number(value.toPrecision(digits)).toString();
  return text.replace(/-/g, '−');
}

/** A measured value with its digits kept (0.120, not 0.12), so that a column of them does not jump. */
export function measured(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value) || value === 0) return shortNumber(value);
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e5 ? trimExponent(value.toExponential(digits - 2)) : value.toPrecision(digits);
  return text.replace(/-/g, '−');
}

export function percent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined ? '–' : `${(share * 100).toFixed(digits)}%`;
}

/** Large integers with a narrow no-break space between thousands. */
export function grouped(value: number): string {
  return Math.abs(value) < 1000
    ? String(value).replace('-', '−')
    : String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f').replace('-', '−');
}

function trimExponent(text: string): string {
  return text.replace(/\.?0+e/, 'e').replace('e+', 'e').replace(/e(-?)0*(\d)/, 'e$1$2');
}

/** A number for a text field: exact, with an exponent where decimals would be long. */
export function editable(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential().replace('e+', 'e');
  return String(value);
}

/** What a person typed, or null where it is no number. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replace(/[\s\u202f]/g, '').replace('−', '-').replace(/^(-?\d+),(\d+)$/, '$1.$2');
  if (plain === '' || !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return null;
  return Number(plain);
}

export type Violation = 'notInteger' | 'least' | 'most' | 'above' | 'below';

/** Which bound a number breaks, and the bound itself. */
export function violation(value: number, bounds: Bounds): { rule: Violation; bound: number } | null {
  if (bounds.integer && !Number.isInteger(value)) return { rule: 'notInteger', bound: NaN };
  if (bounds.min !== undefined && value < bounds.min) return { rule: 'least', bound: bounds.min };
  if (bounds.max !== undefined && value > bounds.max) return { rule: 'most', bound: bounds.max };
  if (bounds.above !== undefined && value <= bounds.above) return { rule: 'above', bound: bounds.above };
  if (bounds.below !== undefined && value >= bounds.below) return { rule: 'below', bound: bounds.below };
  return null;
}
