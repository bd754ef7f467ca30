import Type, { type Static } from 'typebox';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { EpochMs, ExpiryDate, Numbered, ProductSymbol } from './chain.ts';

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;

/**
 * Something happened that somebody wanted to know. `seq` rises by one per product (or null) within an `epoch`, one
 * run of the producer; without a product it is about the platform itself, such as its log; `id` is the same at every delivery of the same alert.
 */
export const Alert = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  product: nullable(ProductSymbol),
  timestamp: EpochMs,
  ...Numbered,
  kind: Type.String({ minLength: 1, maxLength: 64, description: 'Rule that fired, e.g. iv_spike' }),
  severity: Type.Enum([...ALERT_SEVERITIES]),
  message: Type.String({ maxLength: 500 }),
  expiry: nullable(ExpiryDate),
  strike: NullableNumber,
  value: nullable(Type.Number({ description: 'What was observed, in the unit of the rule' })),
  threshold: nullable(Type.Number({ description: 'What it was compared with' })),
  log: Type.Optional(
    Type.Object(
      {
        rule_id: Type.String({ maxLength: 120 }),
        rule: Type.String({ maxLength: 100, description: 'Its name' }),
        state: Type.Enum(['firing', 'resolved']),
        window_seconds: Type.Integer({ minimum: 1 }),
      },
      { description: 'Of a rule that counts lines of the log' },
    ),
  ),
});
export type Alert = Static<typeof Alert>;
