import { describe, expect, it } from 'vitest';
import { columnClass } from './figure-table.tsx';

const classOf = (format: (() => string) | undefined, ...values: (string | number | null)[]) =>
  columnClass({ columns: [{ title: 'Any', format }], rows: values.map((value) => [value]) }, 0);

describe('a column of a table', () => {
  it('is of numbers where it has one, and where it would have some', () => {
    expect(classOf(undefined, 1, null)).toBeUndefined();
    expect(classOf(String, null, null)).toBeUndefined();
    expect(classOf(String)).toBeUndefined();
  });

  it('is of texts where it has one, and where there is nothing that says else', () => {
    expect(classOf(String, null, 'ready')).toBe('text short');
    expect(classOf(undefined, null, null)).toBe('text short');
  });

  it('keeps short texts on a line, breaks a date from its time, and gives long ones room', () => {
    expect(classOf(undefined, 'in process', 'ready')).toBe('text short');
    expect(classOf(undefined, '29 Nov 2026, 01:57:44')).toBe('text middle');
    expect(classOf(undefined, 'ready', 'NIFTY 2026-12-01: spot_price > 0.0')).toBe('text long');
  });
});
