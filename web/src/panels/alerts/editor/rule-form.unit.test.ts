import { describe, expect, it } from 'vitest';
import { RULE } from '../rule.fixture.ts';
import { CHANNEL_FIELD, type FormValues, readForm, textsOf } from './rule-form.ts';

const CONDITIONS = { condition: RULE.condition, clear: '' };
const VALUES: FormValues = { name: 'PCR high', products: 'NIFTY', enabled: 'on' };
const draftOf = (values: FormValues, conditions = CONDITIONS) => {
  const read = readForm(values, conditions, null);
  if (!read.ok) throw new Error(read.problem);
  return read.draft;
};

describe('the form of a rule', () => {
  it('reads a rule as it was written', () => {
    const rule = {
      ...RULE,
      products: ['NIFTY', 'BANKNIFTY'],
      expiry: 'all',
      for_seconds: 90,
      cooldown_seconds: 300,
      digest_minutes: 15,
      repeat: 'once' as const,
      severity: 'critical' as const,
      message: 'PCR is {pcr_oi}',
      expires_at: '2026-12-01T10:30:00.000Z',
      muted_until: '2026-11-01T00:00:00.000Z',
      channels: ['c1'],
    };
    const filled = Object.entries(textsOf(rule)).filter(([, text]) => text !== '');
    const values = { ...Object.fromEntries(filled), enabled: 'on', [`${CHANNEL_FIELD}c1`]: 'on' };
    expect(readForm(values, CONDITIONS, rule)).toEqual({ ok: true, draft: rule });
  });

  it('takes what is empty as not set', () => {
    expect(draftOf(VALUES)).toEqual(RULE);
    expect(draftOf({ ...VALUES, enabled: undefined }).enabled).toBe(false);
  });

  it('takes each product for a star, and each symbol once', () => {
    expect(draftOf({ ...VALUES, products: 'NIFTY, *' }).products).toBe('*');
    expect(draftOf({ ...VALUES, products: 'NIFTY BTC,NIFTY' }).products).toEqual(['NIFTY', 'BTC']);
  });

  it('keeps a condition for firing again without the space around it', () => {
    expect(draftOf(VALUES, { condition: ' pcr_oi > 1.2\n', clear: ' pcr_oi < 1.1 ' })).toMatchObject({
      condition: 'pcr_oi > 1.2',
      clear_condition: 'pcr_oi < 1.1',
    });
  });

  it.each([
    [{ ...VALUES, name: undefined }, /^Name/],
    [{ ...VALUES, products: ' , ' }, /^Products/],
    [{ ...VALUES, held: 'a while' }, /^Holds for/],
    [{ ...VALUES, cooldown: '5 weeks' }, /^Cool-down/],
    [{ ...VALUES, digest: '2000' }, /^Gather for/],
    [{ ...VALUES, expires: 'tomorrow' }, /^Ends at/],
  ])('says which field says nothing: %o', (values, problem) => {
    expect(readForm(values, CONDITIONS, null)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
    });
  });

  it('asks for a condition', () => {
    expect(readForm(VALUES, { condition: ' ', clear: '' }, null)).toMatchObject({ ok: false });
  });
});
