import { describe, expect, it } from 'vitest';
import { createFormat } from '../../format/format.ts';
import { dataAgeText } from './data-age-text.ts';

const format = createFormat('indian', '+05:30');
const OPEN = '2026-11-27T03:45:00.000Z';
const QUOTES = '2026-11-27T05:57:01.000Z';
const chain = { quotes_as_of: QUOTES, open_interest_as_of: OPEN };

describe('the age of the data', () => {
  it('is counted live, and told by the clock as of an instant', () => {
    expect(dataAgeText(chain, Date.parse(QUOTES) + 400, format)).toBe('quotes 0.4 s old, OI as of 09:15:00');
    expect(dataAgeText(chain, null, format)).toBe('quotes as of 11:27:01, OI as of 09:15:00');
  });

  it('says the day of open interest that is of another one, and what it does not know', () => {
    const before = { quotes_as_of: QUOTES, open_interest_as_of: '2026-11-26T10:00:00.000Z' };
    expect(dataAgeText(before, null, format)).toContain('OI as of 26 Nov 2026, 15:30:00');
    expect(dataAgeText({ quotes_as_of: null, open_interest_as_of: null }, 0, format)).toBe(
      'quotes of unknown age, OI of unknown age',
    );
  });
});
