import Type, { type Static } from 'typebox';
import { ProductSymbol } from '../market/chain.ts';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../schemas/nullable.ts';

/**
 * `opening`: the source is looked up. `playing`, `paused`: as asked. `ended`: at its end, and its last picture stays until
 * `stop`. `stopped`: no replay; the live market is shown. `failed`: likewise, and `reason` says why.
 */
export const REPLAY_STATES = ['opening', 'playing', 'paused', 'ended', 'stopped', 'failed'] as const;
export type ReplayRun = (typeof REPLAY_STATES)[number];

/** Slower than this nothing seems to move; faster than a day in some seconds nobody can look at it, and `max` exists. */
export const SLOWEST_REPLAY = 0.1;
const FASTEST_REPLAY = 10_000;

export const ReplaySpeed = Type.Union(
  [Type.Number({ minimum: SLOWEST_REPLAY, maximum: FASTEST_REPLAY }), Type.Literal('max')],
  { description: 'Recorded seconds per second, or `max`: no waiting', examples: [1] },
);
export type ReplaySpeed = Static<typeof ReplaySpeed>;

/** Products of one replay: each has to be merged in time order with all others. */
export const MAX_REPLAYED_PRODUCTS = 50;

/** How the replay of a platform stands: the answer of its routes, and what the socket tells everyone. */
export const ReplayState = Type.Object({
  state: Type.Enum([...REPLAY_STATES]),
  id: nullable(Type.String({ maxLength: 40, description: 'Of this replay; null before the first' })),
  recording: nullable(
    Type.String({
      maxLength: 200,
      description: 'Its file, for those who may control the replay; null for others, and of a stored range',
    }),
  ),
  products: Type.Array(ProductSymbol, {
    description: 'Shown by the replay, and not by the live market, until it is stopped',
  }),
  from: nullable(IsoTime),
  to: nullable(
    Type.String({ format: 'date-time', description: 'Its last instant; null while it is not known' }),
  ),
  at: nullable(
    Type.String({
      format: 'date-time',
      description: 'The recorded instant that is shown; null before the first',
    }),
  ),
  shift_ms: Type.Integer({ description: 'Added to every recorded time that is sent; 0: original times' }),
  speed: ReplaySpeed,
  loop: Type.Boolean(),
  then_live: Type.Boolean({ description: 'At its end the live market is shown; else its last picture' }),
  passes: Type.Integer({ description: 'How often it came to its end and began again' }),
  chains: Type.Integer({ description: 'Sent so far' }),
  ticks: Type.Integer(),
  reason: nullable(Type.String({ maxLength: 400 })),
});
export type ReplayState = Static<typeof ReplayState>;
