import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../settings-fragment.ts';

/** What is taken of quotes in JSON, by whichever way they come. */
export const INGEST = settingsFragment(
  'Ingest',
  {
    ingestRedis: Type.Optional(
      Type.String({
        pattern: '^rediss?://.+$',
        description:
          'Redis whose channels market:tick, market:quote and market:chain are taken in, too: whoever may publish there may send quotes; by default none is',
        secret: true,
      }),
    ),
  },
  'ingest',
  {
    maxBodyBytes: bytes(16_777_216, 'Largest body once it is decompressed'),
    maxBodies: count(8, 'bodies', 'Bodies worked on at the same time; more are told to come again'),
    maxLines: count(10_000, 'lines', 'Lines of a body'),
    maxStrikes: count(2_000, 'strikes', 'Strikes of a chain', 1, 10_000),
    maxExpiries: count(4_096, 'expiries', 'Expiries whose latest lines, or quotes, are remembered'),
    maxQuotedStrikes: count(200_000, 'strikes', 'Strikes, of all expiries together, whose quotes are held'),
    maxProducts: count(
      4_096,
      'products',
      'Products that are taken in a run; lines of further ones are rejected',
    ),
    rejectionsListed: count(100, 'lines', 'Rejected lines that a response lists', 0),
    maxAheadMs: ms(60_000, "How far a timestamp may be ahead of this machine's clock", 0),
    maxBehindMs: ms(
      604_800_000,
      'How far a timestamp may be behind: longer than markets are closed; what is older is imported as a file',
    ),
    quoteMs: ms(1_000, 'How often quotes of single contracts become a chain', 10),
    refuseAbove: Type.Number({
      default: 0.5,
      minimum: 0,
      maximum: 1,
      unit: 'share',
      description: 'Share of --max-backlog-bytes above which senders are refused',
    }),
    refusedSeconds: count(1, 's', 'After how many seconds senders that are refused come again'),
    idempotencyMs: ms(600_000, 'How long a body is known by its Idempotency-Key'),
    maxIdempotencyKeys: count(1_000, 'keys', 'Keys that are known; beyond it the oldest go'),
  },
);

export type IngestSettings = ValuesOf<typeof INGEST.own>;

/** Why a platform that keeps this dataset takes no quotes; null where it does. */
export const ingestRefusal = (dataset: string): string | null =>
  dataset === 'synthetic'
    ? 'generated data is kept here: send where --source is none or --dataset names another'
    : null;
