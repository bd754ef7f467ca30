import type { Rule, RuleView } from './alert-types.ts';

export const RULE: Rule = {
  name: 'PCR high',
  subject: 'market',
  enabled: true,
  products: ['NIFTY'],
  expiry: 'nearest',
  condition: 'pcr_oi > 1.2',
  clear_condition: null,
  for_seconds: 0,
  cooldown_seconds: 0,
  repeat: 'repeat',
  session_only: false,
  digest_minutes: 0,
  severity: 'warning',
  channels: [],
  message: null,
  expires_at: null,
  muted_until: null,
};

export const ruleView = (rule: Rule): RuleView => ({
  id: 'r1',
  owner: 'me',
  version: 1,
  status: 'armed',
  problem: null,
  created_at: '2026-08-19T00:00:00.000Z',
  updated_at: '2026-08-19T00:00:00.000Z',
  last_fired_at: null,
  firings: 0,
  figures: ['pcr_oi'],
  rule,
});
