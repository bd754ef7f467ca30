import Type, { type Static } from 'typebox';
import { ALERT_OWNERS } from '../alerts/alert-rule.ts';
import { CHAIN_FIGURE_NAMES } from '../figures/chain-figures.ts';
import { STORED_INTERVALS } from '../market/bars/bar-intervals.ts';
import { ExpiryDate, Numbered, ProductSymbol } from '../market/chain.ts';
import { SIGN_MODELS } from '../routes/analytics/exposures.ts';

/** A place in a room's stream: how far the asker has everything. Of one epoch only, positions compare. */
export const RoomPosition = Type.Object(Numbered, { additionalProperties: false });
export type RoomPosition = Static<typeof RoomPosition>;

/** Which strikes of a chain: `n` on each side of the at-the-money strike, or those of a range, ends included. */
export const StrikeWindow = Type.Union([
  Type.Object(
    {
      around_atm: Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'Strikes on each side of the money',
      }),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { from: Type.Number({ minimum: 0 }), to: Type.Number({ exclusiveMinimum: 0 }) },
    { additionalProperties: false },
  ),
]);
export type StrikeWindow = Static<typeof StrikeWindow>;

export const CHAIN_MODES = ['full', 'delta'] as const;
export type ChainMode = (typeof CHAIN_MODES)[number];

const interval_ms = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 60_000,
    description:
      'Least time between two updates, milliseconds; rounded up to one of a few steps, and to what the server allows. ' +
      'The newest state wins. Of prices, 0 asks for every one.',
  }),
);
const resume = Type.Optional(RoomPosition);
/** Of a message: the trace that it is of (W3C Trace Context). */
export const Traceparent = Type.String({
  maxLength: 200,
  description:
    'W3C Trace Context, `00-<trace id>-<span id>-<flags>`: the trace of what this message says. One that is not valid is ignored.',
  examples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
});
/** What every subscription may ask for, and where it is resumed. */
const common = {
  resume,
  trace: Type.Optional(
    Type.Boolean({
      description:
        'true: each update whose message has a trace carries its `traceparent`. Snapshots, and what was missed before a `resume`, carry none.',
    }),
  ),
  traceparent: Type.Optional(Traceparent),
};
const strict = { additionalProperties: false } as const;

/** What a client asks to follow. */
export const SubscriptionRequest = Type.Union([
  Type.Object({ type: Type.Literal('product'), symbol: ProductSymbol, interval_ms, ...common }, strict),
  Type.Object(
    {
      type: Type.Literal('chain'),
      symbol: ProductSymbol,
      expiry: Type.Optional(ExpiryDate),
      mode: Type.Optional(Type.Enum([...CHAIN_MODES])),
      interval_ms,
      strikes: Type.Optional(StrikeWindow),
      ...common,
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('summary'),
      symbol: ProductSymbol,
      expiry: Type.Optional(ExpiryDate),
      interval_ms,
      ...common,
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('bars'),
      symbol: ProductSymbol,
      bar: Type.Optional(Type.Enum([...STORED_INTERVALS], { description: '1m when left out' })),
      interval_ms,
      ...common,
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('figures'),
      symbol: ProductSymbol,
      expiry: Type.Optional(ExpiryDate),
      figures: Type.Array(Type.Enum([...CHAIN_FIGURE_NAMES]), {
        minItems: 1,
        maxItems: CHAIN_FIGURE_NAMES.length,
        description: 'Names of figures of a chain, each once however often it is given',
      }),
      interval_ms,
      ...common,
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('exposure'),
      symbol: ProductSymbol,
      expiry: Type.Optional(ExpiryDate),
      model: Type.Optional(
        Type.Enum([...SIGN_MODELS], { description: 'dealer_short_puts_long_calls when left out' }),
      ),
      interval_ms,
      ...common,
    },
    strict,
  ),
  Type.Object({ type: Type.Literal('surface'), symbol: ProductSymbol, interval_ms, ...common }, strict),
  Type.Object({ type: Type.Literal('alerts'), symbol: ProductSymbol, interval_ms, ...common }, strict),
  Type.Object(
    {
      type: Type.Literal('own_alerts'),
      owner: Type.Optional(
        Type.Enum([...ALERT_OWNERS], {
          description:
            'Whose rules: of the account of the connection when left out; `operator`: of the platform, for administrators',
        }),
      ),
      interval_ms,
      ...common,
    },
    strict,
  ),
]);
export type SubscriptionRequest = Static<typeof SubscriptionRequest>;
export type SubscriptionType = SubscriptionRequest['type'];
