import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { AlertRuleDefinition, AlertRuleDraft, completeRule } from './alert-rule.ts';

const DRAFT: AlertRuleDraft = { name: 'PCR high', products: ['NIFTY'], condition: 'pcr_oi > 1.2' };

describe('completeRule', () => {
  it('gives what is left out its default, so that the rule is complete', () => {
    const rule = completeRule(DRAFT);
    expect(Value.Check(AlertRuleDefinition, rule)).toBe(true);
    expect(rule).toMatchObject({
      ...DRAFT,
      subject: 'market',
      expiry: 'nearest',
      repeat: 'repeat',
      enabled: true,
    });
    expect(rule.clear_condition).toBeNull();
  });

  it('keeps what is given', () => {
    const given = { ...DRAFT, enabled: false, channels: ['c1'], clear_condition: 'pcr_oi < 1.1' };
    expect(completeRule(given)).toMatchObject(given);
  });

  it('shares no list between rules', () => {
    expect(completeRule(DRAFT).channels).not.toBe(completeRule(DRAFT).channels);
  });
});

describe('AlertRuleDraft', () => {
  it('asks for name, products and condition, and takes no field that it does not know', () => {
    expect(Value.Check(AlertRuleDraft, DRAFT)).toBe(true);
    for (const field of ['name', 'products', 'condition'] as const) {
      const { [field]: _, ...rest } = DRAFT;
      expect(Value.Check(AlertRuleDraft, rest)).toBe(false);
    }
    expect(Value.Check(AlertRuleDraft, { ...DRAFT, cool_down: 5 })).toBe(false);
    expect(Value.Check(AlertRuleDraft, { ...DRAFT, products: [] })).toBe(false);
  });
});
