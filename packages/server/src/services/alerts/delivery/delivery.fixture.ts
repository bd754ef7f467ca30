import type { AlertMessage, DeliveredFiring } from './messages/alert-message.ts';

/** A rule that fired. */
export const firing = (given: Partial<DeliveredFiring> = {}): DeliveredFiring => ({
  id: 'f1',
  ruleId: 'r1',
  rule: 'PCR high',
  severity: 'warning',
  product: 'NIFTY',
  expiry: '2026-12-01',
  at: Date.parse('2026-11-26T09:15:00Z'),
  message: 'PCR of NIFTY is 1.24',
  figures: { pcr_oi: 1.24 },
  ...given,
});

export const messageOf = (firings: readonly DeliveredFiring[], id = 'msg_1'): AlertMessage => ({
  id,
  test: false,
  firings,
});
