import Type, { type Static } from 'typebox';
import { NullableNumber, nullable } from '../nullable.ts';
import { EpochMs, ExpiryDate, Numbered, ProductSymbol } from './chain.ts';

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;

/**
 * Something happened that somebody wanted to know. `seq` rises by one per product within an `epoch`, one
 * run of the producer; `id` is the same at every delivery of the same alert.
 */
export const Alert = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  product: ProductSymbol,
  timestamp: EpochMs,
  ...Numbered,
  kind: Type.String({ minLength: 1, maxLength: 64, description: 'Rule that fired, e.g. iv_spike' }),
  severity: Type.Enum([...ALERT_SEVERITIES]),
  message: Type.String({ maxLength: 500 }),
  expiry: nullable(ExpiryDate),
  strike: NullableNumber,
  value: nullable(Type.Number({ description: 'What was observed, in the unit of the rule' })),
  threshold: nullable(Type.Number({ description: 'What it was compared with' })),
});
export type Alert = Static<typeof Alert>;
