import Type, { type Static } from 'typebox';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { IsoTime } from '../market/views.ts';
import { NullableNumber, nullable } from '../schemas/nullable.ts';

const Value = nullable(Type.Union([Type.Boolean(), Type.Number(), Type.String()]));

/** A part of a condition that is true or false by itself, and what it compares. */
export const ConditionPart = Type.Object({
  text: Type.String({ examples: ['pcr_oi > 1.2'] }),
  position: Type.Integer({ minimum: 0, description: 'Characters of the condition before it' }),
  value: nullable(Type.Boolean()),
  operands: Type.Array(Type.Object({ text: Type.String(), value: Value }), {
    description: 'Both sides of a comparison, the live value and its threshold; else what it looks at',
  }),
});
export type ConditionPart = Static<typeof ConditionPart>;

/**
 * `armed`: waits for its condition; `pending`: the condition holds, not yet for long enough; `fired`: has not been cleared
 * since; `cooling`: cleared, and its cool-down goes on; `closed`: outside of the session that it asks for.
 */
export const RULE_PHASES = ['armed', 'pending', 'fired', 'cooling', 'closed'] as const;

/** How a rule stands for one product and expiry, by the chain that it saw last. */
export const RuleStanding = Type.Object({
  product: nullable(ProductSymbol),
  expiry: nullable(ExpiryDate),
  at: Type.String({ ...IsoTime, description: 'Time of the chain that was looked at' }),
  phase: Type.Enum([...RULE_PHASES]),
  result: nullable(Type.Boolean({ description: 'Of the condition; null where an input is null' })),
  parts: Type.Array(ConditionPart),
  figures: Type.Record(Type.String(), NullableNumber),
  reason: nullable(Type.String({ description: 'Why it does not fire' })),
});
export type RuleStanding = Static<typeof RuleStanding>;
