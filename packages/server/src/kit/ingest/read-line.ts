import {
  ChainLine,
  column,
  createColumns,
  QUOTED_FIELDS,
  type QualityFlag,
  QuoteLine,
  SIDES,
  type Side,
  SYNTHETIC_SOURCE,
  schemaCheck,
  TickLine,
} from '@deltastream/contracts';
import type { UnstampedChain, UnstampedTick } from '@deltastream/recordings/source';
import {
  contractExpiry,
  dayNumber,
  type Exchange,
  facts,
  type Listing,
  listedOn,
  lotSize,
  productInfo,
  spotIsFrozen,
} from '@deltastream/reference';
import { LineProblem } from './line-problem.ts';
import { instantOf, LEAST_MS } from './line-time.ts';

export interface LineLimits {
  /** Of the platform: what says that it is of another is not taken. */
  readonly dataset: string;
  readonly nowMs: number;
  readonly maxAheadMs: number;
  readonly maxBehindMs: number;
  readonly maxStrikes: number;
  /** Of lines that do not say one. */
  readonly source: string;
}

/** The place of a message in the numbering of its sender, where that numbers. */
export type OwnNumber = { readonly epoch: string; readonly seq: number } | null;

export interface ReadTick {
  readonly tick: UnstampedTick;
  readonly number: OwnNumber;
}

export interface ReadChain {
  readonly chain: UnstampedChain;
  readonly exchange: Exchange | null;
  readonly number: OwnNumber;
}

/** Cells of a contract that a quote says, by the position of their field in `QUOTED_FIELDS`; NaN: there is none. */
export type QuotedCells = readonly (readonly [at: number, cell: number])[];

export interface ReadQuote extends Omit<ReadChain, 'chain' | 'number'> {
  /** Spot and future are NaN where the quote does not say them. */
  readonly header: Omit<UnstampedChain, 'columns' | 'spot' | 'future'>;
  readonly spot: number | null | undefined;
  readonly future: number | null | undefined;
  readonly strike: number;
  readonly side: Side;
  readonly cells: QuotedCells;
}

const checks = {
  tick: schemaCheck(TickLine),
  chain: schemaCheck(ChainLine),
  quote: schemaCheck(QuoteLine),
} as const;

/** Throws LineProblem. */
export function readTick(value: unknown, limits: LineLimits): ReadTick {
  const line = conforming(value, 'tick');
  const timestamp = timestampOf(line, limits);
  const { exchange, currency, kind } = marketOf(line);
  const { price, previous_close = null, quality = [] } = line;
  const frozen = exchange !== null && kind !== null && spotIsFrozen({ exchange, kind }, timestamp);
  const flags: QualityFlag[] = [
    ...new Set<QualityFlag>([...quality, ...(frozen ? ['spot_frozen' as const] : [])]),
  ];
  return {
    tick: {
      ...{ product: line.product, timestamp, currency, price, previous_close, quality: flags },
      source: sourceOf(line, limits),
    },
    number: numberOf(line),
  };
}

/** Throws LineProblem. */
export function readChain(value: unknown, limits: LineLimits): ReadChain {
  const line = conforming(value, 'chain');
  const { header, exchange } = headerOf(line, limits, line.quality);
  const { spot_price: spot = null, future = null } = line;
  const number = numberOf(line);
  return {
    chain: { ...header, spot, future, columns: columnsOf(line, limits.maxStrikes) },
    exchange,
    number,
  };
}

/** Throws LineProblem. */
export function readQuote(value: unknown, limits: LineLimits): ReadQuote {
  const line = conforming(value, 'quote');
  const cells = QUOTED_FIELDS.flatMap(([field], at) => {
    const cell = line[field];
    return cell === undefined ? [] : [[at, cell === null ? Number.NaN : (cell as number)] as const];
  });
  if (cells.length === 0) {
    throw new LineProblem(
      'says nothing of the contract',
      `Give one of ${QUOTED_FIELDS.map(([name]) => name).join(', ')}.`,
    );
  }
  const { strike, side, spot_price: spot, future } = line;
  return { ...headerOf(line, limits), spot, future, strike, side, cells };
}

type Given = ChainLine | QuoteLine;

function headerOf(line: Given, limits: LineLimits, quality: readonly QualityFlag[] = []) {
  const { product, expiry } = line;
  const timestamp = timestampOf(line, limits);
  const { exchange, currency, listing } = marketOf(line);
  if (Number.isNaN(dayNumber(expiry)))
    throw new LineProblem(`expiry ${expiry} is not a date`, 'Give it as YYYY-MM-DD.');
  const expiryAt =
    line.expiry_at === undefined
      ? listing && contractExpiry(listing, expiry)
      : instantOf('expiry_at', line.expiry_at);
  if (expiryAt === null) {
    throw new LineProblem(
      `when contracts of ${product} expire on ${expiry} is not known`,
      'Give exchange, or expiry_at with the instant.',
    );
  }
  if (expiryAt < LEAST_MS) throw new LineProblem(`expiry ${expiry} is before 1973`, 'Give it as YYYY-MM-DD.');
  const lot = line.lot_size ?? (exchange === null ? null : lotSize(product, expiry, timestamp, exchange));
  const flags = new Set<QualityFlag>(quality);
  if (lot === null) flags.add('lot_unknown');
  const header = {
    ...{ product, expiry, expiry_at: expiryAt, timestamp, currency, lot_size: lot },
    price_tick: line.price_tick ?? listing?.priceTick ?? null,
    quality: [...flags],
    source: sourceOf(line, limits),
  };
  return { header, exchange };
}

interface Market {
  readonly exchange: Exchange | null;
  readonly currency: string;
  readonly kind: Listing['kind'] | null;
  readonly listing: Listing | null;
}

/** Where a product is listed: as the line says, else as is known of it. */
function marketOf({ product, exchange, currency }: Pick<Given, 'product' | 'exchange' | 'currency'>): Market {
  const { exchanges } = facts().data;
  if (exchange !== undefined && !Object.hasOwn(exchanges, exchange)) {
    throw new LineProblem(
      `exchange ${JSON.stringify(exchange.slice(0, 40))} is not known here`,
      `Give one of ${Object.keys(exchanges).join(', ')}, or leave it out and give currency and expiry_at.`,
    );
  }
  const listing = exchange === undefined ? productInfo(product) : listedOn(exchange as Exchange, product);
  if (listing !== null) {
    return {
      exchange: listing.exchange,
      currency: currency ?? listing.currency,
      kind: listing.kind,
      listing,
    };
  }
  if (currency !== undefined) return { exchange: null, currency, kind: null, listing: null };
  throw new LineProblem(
    `product ${product} is not known here, and the line says neither exchange nor currency`,
    `Give exchange (one of ${Object.keys(exchanges).join(', ')}), or currency.`,
  );
}

interface Lines {
  readonly tick: TickLine;
  readonly chain: ChainLine;
  readonly quote: QuoteLine;
}

function conforming<Kind extends keyof Lines>(value: unknown, kind: Kind): Lines[Kind] {
  const check = checks[kind];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LineProblem(`is not an object: a ${kind} is`, 'Send one object a line.');
  }
  // Of two types, so that its schema says less of what is wrong.
  if ('timestamp' in value) instantOf('timestamp', value.timestamp);
  if (!check.accepts(value)) {
    const { instancePath, message } = check.faultOf(value);
    const where = instancePath === '' ? `the ${kind}` : instancePath.slice(1).replaceAll('/', '.');
    throw new LineProblem(`${where} ${message}`, `See docs/schemas/${kind}.json.`);
  }
  return value as Lines[Kind];
}

function timestampOf(
  { timestamp, dataset }: Pick<Given, 'timestamp' | 'dataset'>,
  limits: LineLimits,
): number {
  if (dataset !== undefined && dataset !== limits.dataset) {
    throw new LineProblem(
      `is of the dataset ${dataset}, and this platform keeps ${limits.dataset}`,
      'Send it to the platform of its dataset.',
    );
  }
  const at = instantOf('timestamp', timestamp);
  const ahead = at - limits.nowMs;
  if (ahead < -limits.maxBehindMs) {
    throw new LineProblem(
      `timestamp is ${Math.round(-ahead / 3_600_000)} h behind this platform's clock`,
      'Import what is past as a file (docs/import.md), or have --ingest-max-behind-ms raised.',
    );
  }
  if (ahead <= limits.maxAheadMs) return at;
  throw new LineProblem(
    `timestamp is ${Math.round(ahead / 1000)} s ahead of this platform's clock`,
    'Set the clock of the sender, or send the time with its zone.',
  );
}

function sourceOf({ source }: { readonly source?: string }, limits: LineLimits): string {
  const named = source ?? limits.source;
  if (named !== SYNTHETIC_SOURCE) return named;
  throw new LineProblem(`source ${named} is that of generated data`, 'Name your own source.');
}

function numberOf({ epoch, seq }: { readonly epoch?: string; readonly seq?: number }): OwnNumber {
  if (epoch === undefined && seq === undefined) return null;
  if (epoch !== undefined && seq !== undefined) return { epoch, seq };
  throw new LineProblem('has one of epoch and seq', 'Give both, or neither: then it is numbered here.');
}

type GivenContract = Readonly<Record<string, unknown>> | null | undefined;

function columnsOf({ rows, calls, puts }: ChainLine, maxStrikes: number) {
  if ((rows === undefined) === (calls === undefined && puts === undefined)) {
    throw new LineProblem('has no contracts, or has them twice', 'Give rows, or calls and puts.');
  }
  const sides: Record<Side, Map<number, GivenContract>> = { call: new Map(), put: new Map() };
  const add = (side: Side, strike: number, contract: GivenContract) => {
    if (contract === null || contract === undefined) return;
    if (sides[side].has(strike)) {
      throw new LineProblem(`${side} ${strike} is given twice`, 'Give each contract once.');
    }
    sides[side].set(strike, contract);
  };
  for (const { strike, call, put } of rows ?? []) {
    add('call', strike, call);
    add('put', strike, put);
  }
  for (const contract of calls ?? []) if (contract) add('call', contract.strike, contract);
  for (const contract of puts ?? []) if (contract) add('put', contract.strike, contract);
  const strikes = [...new Set([...sides.call.keys(), ...sides.put.keys()])].sort((a, b) => a - b);
  if (strikes.length === 0) throw new LineProblem('lists no contract', 'Give at least one call or put.');
  if (strikes.length > maxStrikes) {
    throw new LineProblem(
      `has ${strikes.length} strikes`,
      `At most ${maxStrikes} are taken: send those near the money, or have --ingest-max-strikes raised.`,
    );
  }
  const columns = createColumns(strikes.length, 'raw');
  column(columns, 'strike').set(strikes);
  for (const side of SIDES) {
    for (const [field, name] of QUOTED_FIELDS) {
      const cells = column(columns, `${side}_${name}`);
      for (let i = 0; i < strikes.length; i++) {
        const cell = sides[side].get(strikes[i])?.[field];
        if (typeof cell === 'number') cells[i] = cell;
      }
    }
  }
  return columns;
}
