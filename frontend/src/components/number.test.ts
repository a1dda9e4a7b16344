import { expect, it } from 'vitest';
import { editable, grouped, measured, parseNumber, percent, shortNumber, violation } from './number';

it.each([
  [0.03, '0.03'],
  [2400, '2\u202f400'],
  [1234567, '1\u202f234\u202f567'],
  [-0.5, '−0.5'],
  [0.0001, '1e−4'],
  [0.00012345, '1.23e−4'],
  [1.5e7 + 0.5, '1.5e7'],
  [0, '0'],
  [NaN, 'NaN'],
  [-Infinity, '−∞'],
  [null, '–'],
])('writes %s as %s', (value, text) => expect(shortNumber(value)).toBe(text));

it('keeps the digits of what was measured', () => {
  expect(measured(0.12)).toBe('0.120');
  expect(measured(-2)).toBe('−2.00');
  expect(measured(0.00042)).toBe('4.2e−4');
  expect(percent(0.98123)).toBe('98.1%');
  expect(grouped(-12345)).toBe('−12\u202f345');
});

it('reads what it writes, and what people type', () => {
  for (const value of [0.03, 1e-7, 2400, -0.5, 123456.75]) expect(parseNumber(editable(value))).toBe(value);
  expect(parseNumber('2\u202f400')).toBe(2400);
  expect(parseNumber('1e−4')).toBe(1e-4);
  expect(parseNumber('0,5')).toBe(0.5);
  for (const text of ['', 'abc', '1.2.3', 'Infinity', '0x10', '--1']) expect(parseNumber(text)).toBeNull();
});

it('names the bound that a number breaks', () => {
  expect(violation(0, { above: 0 })).toEqual({ rule: 'above', bound: 0 });
  expect(violation(1, { below: 1 })).toEqual({ rule: 'below', bound: 1 });
  expect(violation(-1, { min: 0 })).toEqual({ rule: 'least', bound: 0 });
  expect(violation(9, { max: 8 })).toEqual({ rule: 'most', bound: 8 });
  expect(violation(1.5, { integer: true })?.rule).toBe('notInteger');
  expect(violation(0.5, { above: 0, max: 1 })).toBeNull();
});
