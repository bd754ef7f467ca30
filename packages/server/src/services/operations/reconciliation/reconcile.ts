import {
  contractId,
  isoTime,
  type RawChain,
  RECONCILED_FIGURES,
  type ReconciledContract,
  type ReconciledFigure,
  type ReconciledOutcome,
  type ReconciledSession,
} from '@deltastream/contracts';
import type { Source } from '@deltastream/recordings/source';
import { closeOn, type Exchange, exchangeDate, productInfo } from '@deltastream/reference';
import { DeltaStreamError } from '../../../kit/errors.ts';
import {
  type ClosingQuote,
  type ClosingQuotes,
  type Closings,
  endOfDate,
  quotesOf,
} from './closing-quotes.ts';

export interface Reconciliation {
  /** In the order of the report. */
  readonly sessions: readonly ReconciledSession[];
  readonly contracts: readonly ReconciledContract[];
  /** Products of the report of which nothing is stored: they are not compared. */
  readonly productsNotStored: number;
  /** Parts of the report that could not be read. */
  readonly rejected: number;
}

/** Exchange of a product that the reference data does not name: the reports that are read are India's. */
const USUAL_EXCHANGE: Exchange = 'NSE';

/**
 * Compares an exchange's end-of-day report with the last chains that are stored of its sessions, contract by contract.
 * A contract that neither side traded or holds is left out where only one lists it. Products of which nothing is stored
 * are counted alone. `report` is read to its end and closed.
 *
 * Rejects with `unreadable_source` when it is not an end-of-day report, and as reading it and the closings do.
 */
export async function reconcile(report: Source, closings: Closings): Promise<Reconciliation> {
  const stored = new Set(await closings.products());
  const others = new Set<string>();
  const sessions: ReconciledSession[] = [];
  const contracts: ReconciledContract[] = [];
  let rejected = 0;
  let open = null as OpenSession | null;

  const finish = async ({ product, date, exchange, reported }: OpenSession): Promise<void> => {
    const rows: ReconciledContract[] = [];
    for (const expiry of new Set([...reported.keys(), ...(await closings.expiries(product))])) {
      const closing = { product, expiry, date, exchange, report: report.name };
      const here = await closingOf(closings, closing);
      rows.push(...compared({ product, expiry, date, here, there: reported.get(expiry) ?? null }));
    }
    contracts.push(...rows);
    sessions.push(sessionOf(product, date, report.epoch, rows));
  };

  try {
    for await (const item of report) {
      if (item.kind === 'rejected') rejected += 1;
      if (item.kind !== 'chain') continue;
      const { product, expiry } = item.chain;
      const { exchange, date } = sessionAt(item.chain, report.epoch);
      if (!stored.has(product)) {
        others.add(product);
        continue;
      }
      if (open?.product !== product || open.date !== date) {
        if (open) await finish(open);
        open = { product, date, exchange, reported: new Map() };
      }
      open.reported.set(expiry, quotesOf(item.chain));
    }
    if (open) await finish(open);
  } finally {
    await report.close();
  }
  return { sessions, contracts, productsNotStored: others.size, rejected };
}

function sessionAt({ product, timestamp }: RawChain, name: string): { exchange: Exchange; date: string } {
  const exchange = productInfo(product)?.exchange ?? USUAL_EXCHANGE;
  const date = exchangeDate(exchange, timestamp);
  if (closeOn(exchange, date) === timestamp) return { exchange, date };
  const what = `${name}: ${product} is shown at ${isoTime(timestamp)}, which is not the close of ${date}`;
  throw new DeltaStreamError('unreadable_source', `${what}: not an end-of-day report`, { permanent: true });
}

interface OpenSession {
  readonly product: string;
  readonly date: string;
  readonly exchange: Exchange;
  /** By expiry. */
  readonly reported: Map<string, ClosingQuotes>;
}

interface Closing {
  readonly product: string;
  readonly expiry: string;
  readonly date: string;
  readonly exchange: Exchange;
  /** Its name, which is the source of what was imported of it. */
  readonly report: string;
}

/** The last chain of a date that is not made of a report, which may have been imported. */
async function closingOf(closings: Closings, closing: Closing): Promise<ClosingQuotes | null> {
  const { product, expiry, date, exchange, report } = closing;
  let found = await closings.asOf(product, expiry, endOfDate(exchange, date));
  if (found?.source === report || isReport(found, closeOn(exchange, date)))
    found = await closings.asOf(product, expiry, found.timestamp - 1);
  return found !== null && exchangeDate(exchange, found.timestamp) === date ? found : null;
}

/** What was imported of a report, under whatever name: settlement prices at the close, and nobody's quotes. */
const isReport = (found: ClosingQuotes | null, closeMs: number): found is ClosingQuotes =>
  found !== null &&
  found.timestamp === closeMs &&
  !found.quoted &&
  [...found.contracts.values()].some(({ settlement }) => !Number.isNaN(settlement));

interface Sides {
  readonly product: string;
  readonly expiry: string;
  readonly date: string;
  readonly here: ClosingQuotes | null;
  readonly there: ClosingQuotes | null;
}

function* compared({ product, expiry, date, here, there }: Sides): Generator<ReconciledContract> {
  const ids = new Set([...(there?.contracts.keys() ?? []), ...(here?.contracts.keys() ?? [])]);
  for (const id of ids) {
    const ours = here?.contracts.get(id);
    const theirs = there?.contracts.get(id);
    const { strike, side } = (theirs ?? ours) as ClosingQuote;
    const outcome = outcomeOf(ours, theirs);
    if (outcome === null) continue;
    yield {
      contract: contractId({ product, expiry, strike, side }),
      ...{ product, session: date, expiry, strike, side, outcome },
      stored_at: here && isoTime(here.timestamp),
      ...(Object.assign({}, ...RECONCILED_FIGURES.map((name) => cellsOf(name, ours, theirs))) as Cells),
    };
  }
}

type Cells = Pick<ReconciledContract, `${ReconciledFigure}_${'here' | 'there' | 'difference'}`>;

function cellsOf(name: ReconciledFigure, ours: ClosingQuote | undefined, theirs: ClosingQuote | undefined) {
  const given = (quote: ClosingQuote | undefined) => {
    const value = quote?.[name] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  };
  const [here, there] = [given(ours), given(theirs)];
  return {
    [`${name}_here`]: here,
    [`${name}_there`]: there,
    [`${name}_difference`]: here === null || there === null ? null : here - there,
  };
}

/** Null for a contract that one side alone lists and nobody has. */
function outcomeOf(
  ours: ClosingQuote | undefined,
  theirs: ClosingQuote | undefined,
): ReconciledOutcome | null {
  if (ours && theirs) {
    const both = RECONCILED_FIGURES.filter((name) => !Number.isNaN(ours[name] + theirs[name]));
    if (both.length === 0) return 'not_compared';
    return both.every((name) => isSame(ours[name], theirs[name])) ? 'equal' : 'different';
  }
  const lone = (theirs ?? ours) as ClosingQuote;
  if (!(lone.open_interest > 0 || lone.volume > 0)) return null;
  return theirs ? 'missing_here' : 'missing_there';
}

/** To the precision in which prices and quotients of lots are written. */
const isSame = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

function sessionOf(
  product: string,
  session: string,
  report: string,
  rows: readonly ReconciledContract[],
): ReconciledSession {
  const count = (outcome: ReconciledOutcome) => rows.filter((row) => row.outcome === outcome).length;
  const [equal, different, missing_here, missing_there] = [
    count('equal'),
    count('different'),
    count('missing_here'),
    count('missing_there'),
  ];
  const all = equal + different + missing_here + missing_there;
  const reconciled_share = all === 0 ? null : equal / all;
  const not_compared = count('not_compared');
  return {
    product,
    session,
    report,
    reconciled_share,
    equal,
    different,
    missing_here,
    missing_there,
    not_compared,
  };
}
