import { describe, expect, it } from 'vitest';
import { RULE, ruleView } from '../rule.fixture.ts';
import { ruleSentence, statusText } from './rule-text.ts';

describe('the sentence of a rule', () => {
  it('says what is looked at, when it fires, and where that is sent', () => {
    const rule = { ...RULE, for_seconds: 60, cooldown_seconds: 300, channels: ['a', 'b'] };
    expect(ruleSentence(rule)).toBe(
      'NIFTY, nearest expiry: pcr_oi > 1.2 for 1 min, repeats, cool-down 5 min → 2 channels',
    );
  });

  it('says of what is not set nothing', () => {
    expect(ruleSentence({ ...RULE, repeat: 'once' })).toBe(
      'NIFTY, nearest expiry: pcr_oi > 1.2, once → this page',
    );
  });

  it('says everything that is set', () => {
    const rule = {
      ...RULE,
      products: '*' as const,
      expiry: '2026-08-25',
      clear_condition: 'pcr_oi < 1.1',
      session_only: true,
      digest_minutes: 15,
      channels: ['a'],
    };
    expect(ruleSentence(rule)).toBe(
      'each product, 25 Aug 2026: pcr_oi > 1.2, again after pcr_oi < 1.1, repeats, in the session only, ' +
        'gathered for 15 min → 1 channel',
    );
  });

  it('counts products beyond three, and names other subjects', () => {
    expect(ruleSentence({ ...RULE, products: ['A', 'B', 'C', 'D', 'E'] })).toMatch(/^A, B, C and 2 more, /);
    expect(ruleSentence({ ...RULE, subject: 'platform', products: '*' })).toMatch(
      /^The platform, each product:/,
    );
    expect(ruleSentence({ ...RULE, subject: 'log' })).toMatch(/^Alerts of the log:/);
  });
});

describe('the status of a rule', () => {
  const instant = (iso: string) => iso.slice(0, 10);
  const now = Date.parse('2026-08-20T00:00:00Z');

  it('says until when it is muted, while it is', () => {
    const muted = (until: string) => ruleView({ ...RULE, muted_until: until });
    expect(statusText(muted('2026-08-21T00:00:00Z'), instant, now)).toBe('armed, muted until 2026-08-21');
    expect(statusText(muted('2026-08-19T00:00:00Z'), instant, now)).toBe('armed');
  });

  it('says what is wrong with it', () => {
    const view = { ...ruleView(RULE), status: 'invalid' as const, problem: 'there is no figure pcr' };
    expect(statusText(view, instant, now)).toBe('cannot be evaluated: there is no figure pcr');
  });
});
