import {
  ContractQuoteView,
  contractId,
  ENRICHED_COLUMNS,
  type getContractDay,
  isoTime,
  parseContractId,
  toContractQuoteView,
} from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { intervalBegin } from '../bars/interval-start.ts';
import { newestChain } from '../reading/expiry-choice.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import { chainsAt, readChainPage } from './chain-series.ts';
import { createReadBudget, requireCells, type SeriesBounds } from './series-bounds.ts';

type Answer = Static<(typeof getContractDay.schema.response)[200]>;

const FIELDS = Object.keys(ContractQuoteView.properties).length;
/** More than a day has of the shortest interval. */
const MOST_QUOTES = 10_000;

/**
 * A contract over the session of the newest snapshot of its chain. Rejects with `invalid_request`, `unknown_product`,
 * `unknown_expiry`, `no_data`, or `unknown_contract` when no snapshot of the session lists it.
 */
export async function contractDay(
  reader: ChainReader,
  id: string,
  resolution: Answer['resolution'],
  { maxReadCells, maxResponseCells, maxExpiryLagMs }: SeriesBounds,
): Promise<Answer> {
  const contract = parseContractId(id);
  if (contract === null) {
    throw new DeltaStreamError('invalid_request', `params.id: ${id} is not the id of a contract`);
  }
  const { timestamp } = await newestChain(reader, contract.product, contract.expiry, maxExpiryLagMs);
  const fromMs = intervalBegin(contract.product, '1d')(timestamp);
  const page = { fromMs, toMs: timestamp + 1, limit: MOST_QUOTES, take: 'first', order: 'asc' } as const;
  const budget = createReadBudget(maxReadCells);
  const { points } = await readChainPage(reader, contract, resolution, page, budget);
  requireCells({ snapshots: points.length, each: FIELDS, of: 'fields', maxCells: maxResponseCells });
  const times = points.map((point) => point.timestamp);
  const quotes: ContractQuoteView[] = [];
  for await (const chain of chainsAt(reader, contract, times, ENRICHED_COLUMNS, budget, [contract.strike])) {
    const quote = toContractQuoteView(chain, contract);
    if (quote !== null) quotes.push(quote);
  }
  const last = quotes.at(-1);
  if (last === undefined) {
    throw new DeltaStreamError(
      'unknown_contract',
      `no chain of ${contract.product} ${contract.expiry} of the session of ${isoTime(timestamp)} lists ${id}`,
    );
  }
  // A previous close of 0 means "did not trade", not a price.
  const previousClose = last.previous_close !== null && last.previous_close > 0 ? last.previous_close : null;
  const price = rangeOf(quotes.map((quote) => quote.price));
  return {
    id: contractId(contract),
    ...contract,
    resolution,
    from: isoTime(fromMs),
    to: isoTime(timestamp),
    price,
    previous_close: previousClose,
    price_change: price.close === null || previousClose === null ? null : price.close - previousClose,
    iv: rangeOf(quotes.map((quote) => quote.iv)),
    open_interest: rangeOf(quotes.map((quote) => quote.open_interest)),
    volume: last.volume,
    count: quotes.length,
    quotes,
  };
}

function rangeOf(values: readonly (number | null)[]): Answer['price'] {
  const given = values.filter((value) => value !== null);
  if (given.length === 0) return { open: null, high: null, low: null, close: null };
  const high = given.reduce((most, value) => Math.max(most, value));
  const low = given.reduce((least, value) => Math.min(least, value));
  return { open: given[0], high, low, close: given[given.length - 1] };
}
