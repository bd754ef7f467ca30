import {
  ChainLine,
  ChainSummaryView,
  ChainView,
  IngestReport,
  PriceUpdate,
  QuoteLine,
  TickLine,
} from '@deltastream/contracts';
import Type, { type TSchema } from 'typebox';

/** A trace is given to those who ask for it on a socket. */
const UNTRACED_PRICE = Type.Omit(PriceUpdate, ['traceparent']);

/** What is taken and shown as JSON, by the name of its file in docs/schemas. */
export const OPEN_SCHEMAS: Readonly<Record<string, readonly [title: string, schema: TSchema]>> = {
  tick: ['A line of POST /api/ingest/ticks and of the channel market:tick', TickLine],
  quote: ['A line of POST /api/ingest/quotes and of the channel market:quote', QuoteLine],
  chain: ['A line of POST /api/ingest/chains and of the channel market:chain', ChainLine],
  report: ['The response of POST /api/ingest/*', IngestReport],
  'enriched-price': ['A message of enriched:price:SYM, and latest:price:SYM', UNTRACED_PRICE],
  'enriched-chain': ['A message of enriched:chain:SYM, and latest:chain:SYM', ChainView],
  'enriched-summary': ['A message of enriched:summary:SYM', ChainSummaryView],
};

/** The file of a schema: JSON Schema 2020-12. */
export function schemaText(name: string): string {
  const [title, schema] = OPEN_SCHEMAS[name];
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
}
