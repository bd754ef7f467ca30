import { describe, expect, it } from 'vitest';
import { fileNameOf, originOf } from './file-origin.ts';

const saved = {
  caption: 'Open interest of NIFTY by strike, expiry 25 Aug 2026',
  asOf: '2026-08-19T05:57:01.000Z',
  source: 'synthetic',
};
const format = { instant: (iso: string) => iso.slice(0, 10) };

describe('a saved file', () => {
  it('says in its name what it is of', () => {
    expect(fileNameOf(saved)).toBe(
      'open-interest-of-nifty-by-strike-expiry-25-aug-2026-2026-08-19t05-57-01-000z-synthetic-data',
    );
    expect(fileNameOf({ caption: 'Sessions (2)', asOf: null, source: undefined })).toBe('sessions-2');
    expect(fileNameOf({ ...saved, caption: 'x'.repeat(500) }).length).toBeLessThan(200);
  });

  it('says in its picture where the figures come from', () => {
    expect(originOf(saved, format)).toBe('as of 2026-08-19, synthetic data');
    expect(originOf({ ...saved, source: 'nse' }, format)).toBe('as of 2026-08-19, source: nse');
    expect(originOf({ ...saved, source: null }, format)).toBe('as of 2026-08-19, source: not known');
    expect(originOf({ ...saved, asOf: null, source: undefined }, format)).toBe('');
  });
});
