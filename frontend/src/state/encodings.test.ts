import { expect, it } from 'vitest';
import { readingsOf } from './encodings';

it('reads a file in every encoding that it could be', () => {
  const tokyo = Uint8Array.of(0x93, 0x8c, 0x8b, 0x9e); // 東京 in Shift-JIS
  const readings = readingsOf(new Uint8Array([...new TextEncoder().encode('city,n\n'), ...tokyo, 0x2c, 0x31]));
  expect(readings.find((one) => one.encoding === 'shift_jis')?.sample).toBe('東京');
  expect(readings.length).toBeGreaterThan(1);
});
