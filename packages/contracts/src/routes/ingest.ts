import Type, { type Static } from 'typebox';
import { LINES, type LineKind, SenderName } from '../market/quoted-json.ts';
import { problems, route } from './route.ts';

/** A body as it is sent, compressed or not, bytes; the operator may allow less. */
const BODY_LIMIT = 4_194_304;

export const RejectedLine = Type.Object({
  line: Type.Integer({ minimum: 1, description: 'Of the body, from 1; of an array the item, from 1' }),
  reason: Type.String(),
  remedy: Type.String({ description: 'What to send instead' }),
});

/** What became of the lines of a body. Those that are not rejected are published before the response. */
export const IngestReport = Type.Object({
  accepted: Type.Integer({ minimum: 0 }),
  duplicates: Type.Integer({ minimum: 0, description: 'Taken before, and not published again' }),
  rejected: Type.Integer({ minimum: 0 }),
  rejections: Type.Array(RejectedLine, { description: 'The first of them, as many as are listed' }),
  dataset: Type.String({ description: 'What the data is called that they became part of' }),
});
export type IngestReport = Static<typeof IngestReport>;

const ingestRoute = <const Url extends string, Kind extends LineKind>(
  url: Url,
  kind: Kind,
  summary: string,
) =>
  route({
    method: 'POST',
    url,
    access: { scope: 'ingest', role: 'trader', openWithoutTokens: true },
    bodyLimit: BODY_LIMIT,
    schema: {
      tags: ['ingest'],
      summary,
      description:
        `${summary}. A JSON array, or NDJSON (\`application/x-ndjson\`: an object a line); \`Content-Encoding: gzip\` is ` +
        'taken. Each line is validated for itself: what is wrong with one costs no other. A line that is sent again is ' +
        'published once; with an `Idempotency-Key` a body that is sent again gets the response that it had.',
      querystring: Type.Object(
        {
          source: Type.Optional(
            Type.String({
              ...SenderName,
              description: 'Who says so, where a line does not say it; `json` by default',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      body: Type.Array(LINES[kind]),
      response: { 200: IngestReport, ...problems('invalid_request', 'ingest_refused', 'unavailable') },
    },
  });

export const ingestTicks = ingestRoute('/api/ingest/ticks', 'ticks', 'Takes prices of underlyings');
export const ingestQuotes = ingestRoute(
  '/api/ingest/quotes',
  'quotes',
  'Takes quotes of single contracts, which become chains',
);
export const ingestChains = ingestRoute('/api/ingest/chains', 'chains', 'Takes complete chains');
