import Type, { type Static } from 'typebox';
import { ALERT_SEVERITIES } from '../market/alert.ts';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { IsoTime } from '../market/views.ts';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { CHANNEL_KINDS } from './alert-channel.ts';

/** What a rule says when it fires, live or in a test over what is stored. */
const said = {
  rule: Type.String({ description: 'Its name then' }),
  severity: Type.Enum([...ALERT_SEVERITIES]),
  product: nullable(ProductSymbol),
  expiry: nullable(ExpiryDate),
  at: Type.String({ ...IsoTime, description: 'Time of the chain that fired it' }),
  message: Type.String(),
  figures: Type.Record(Type.String(), NullableNumber, {
    description: 'Figures that the condition names, as they were',
  }),
} as const;

/** A rule would have fired: equal to what it says when it fires live for the same chain. */
export const AlertTestFiring = Type.Object(said);
export type AlertTestFiring = Static<typeof AlertTestFiring>;

/** A rule fired: which, for what, and with which figures. */
export const AlertFiringView = Type.Object({
  id: Type.String({ description: 'The same at every delivery of this firing' }),
  seq: Type.Integer({ minimum: 1, description: 'Of its owner: rises by one with each firing' }),
  rule_id: Type.String(),
  ...said,
  muted: Type.Boolean(),
});
export type AlertFiringView = Static<typeof AlertFiringView>;

export const DELIVERY_OUTCOMES = ['delivered', 'retried', 'failed', 'refused'] as const;

/** One attempt to deliver one or more firings through a channel. */
export const AlertDeliveryView = Type.Object({
  id: Type.String(),
  channel_id: Type.String(),
  channel: Type.String({ description: 'Its name' }),
  kind: Type.Enum([...CHANNEL_KINDS]),
  firing_ids: Type.Array(Type.String()),
  test: Type.Boolean({ description: 'Sent by the test button' }),
  attempt: Type.Integer({ minimum: 1 }),
  at: IsoTime,
  outcome: Type.Enum([...DELIVERY_OUTCOMES]),
  status: nullable(Type.Integer({ description: 'HTTP or SMTP status of the answer' })),
  reason: nullable(Type.String()),
  duration_ms: Type.Number(),
});
export type AlertDeliveryView = Static<typeof AlertDeliveryView>;
