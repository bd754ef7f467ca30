import { describe, expect, it } from 'vitest';
import { createFormat } from '../../../format/format.ts';
import { partText, standingsOf, standingText, valueText } from './standing-text.ts';

const format = createFormat('indian', '+05:30');
const part = (
  text: string,
  value: boolean | null,
  ...operands: [string, number | boolean | string | null][]
) => ({
  text,
  position: 0,
  value,
  operands: operands.map(([each, of]) => ({ text: each, value: of })),
});

describe('how a rule stands', () => {
  it('shows the live value beside the threshold, in the digits of its figure', () => {
    expect(partText(part('pcr_oi > 1.2', true, ['pcr_oi', 1.3123], ['1.2', 1.2]), format)).toBe(
      'pcr_oi 1.312 > 1.2: true',
    );
    expect(partText(part('atm_iv > 0.2', false, ['atm_iv', 0.1834], ['0.2', 0.2]), format)).toBe(
      'atm_iv 18.3% > 20%: false',
    );
  });

  it('keeps the digits of a threshold that say something, and compares as the rule does', () => {
    const spot = part('spot_price >= 24050.5', true, ['spot_price', 24_100], ['24050.5', 24_050.5]);
    expect(partText(spot, format)).toBe('spot_price 24,100.00 >= 24,050.5: true');
    const round = part('spot_price != 24000.0', true, ['spot_price', 24_100], ['24000.0', 24_000]);
    expect(partText(round, format)).toBe('spot_price 24,100.00 != 24,000: true');
    const rank = part('iv_rank > 80.0', false, ['iv_rank', 8.729], ['80.0', 80]);
    expect(partText(rank, format)).toBe('iv_rank 8.7% > 80%: false');
  });

  it('says of a null that it is not known, and never 0', () => {
    expect(partText(part('iv_rank > 80', null, ['iv_rank', null], ['80', 80]), format)).toBe(
      'iv_rank – > 80%: not known',
    );
  });

  it('reads what is no figure of the catalogue as a plain number, and names as they are', () => {
    expect(valueText(1234567.5, ['minutes_since'], format)).toBe('12,34,567.5');
    expect(valueText('continuous', ['session_phase'], format)).toBe('continuous');
  });

  it('leaves out parts of the platform that say nothing of its figures, and no chain', () => {
    const standings = [{ figures: { dead_letters: null } }, { figures: { dead_letters: 0 } }] as never;
    expect(standingsOf(standings, 'platform')).toEqual([{ figures: { dead_letters: 0 } }]);
    expect(standingsOf(standings, 'market')).toHaveLength(2);
  });

  it('says of what it stands so', () => {
    const standing = { product: 'NIFTY', expiry: '2026-08-25', phase: 'pending' } as never;
    expect(standingText(standing)).toBe('NIFTY, 25 Aug 2026: holds, not yet for long enough');
    expect(standingText({ product: null, expiry: null, phase: 'armed' } as never)).toBe(
      'The platform: waits',
    );
  });
});
