import process, { stdout } from 'node:process';
import {
  type ChainView,
  contractId,
  RECONCILED_FIGURES,
  ReconciledContract,
  type ReconciledContract as Row,
  SIDES,
} from '@deltastream/contracts';
import { openPort } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { RECORDINGS } from '../../kit/recordings/recording-settings.ts';
import { openRecording } from '../../kit/recordings/recordings.ts';
import { toCsv } from '../../kit/responses/csv.ts';
import {
  type ClosingQuote,
  type Closings,
  isLotUncertain,
  storedClosings,
} from '../../services/operations/reconciliation/closing-quotes.ts';
import { type Reconciliation, reconcile } from '../../services/operations/reconciliation/reconcile.ts';
import type { Settings } from '../../settings/compose.ts';
import { createPlatformClient } from '../ask-platform.ts';

export interface ReconcileOrder {
  readonly bhavcopy: string;
  readonly format: 'text' | 'json' | 'csv';
  /** Address of a running platform, instead of the store of the settings. */
  readonly server?: string;
  readonly token?: string;
}

/** Exit code of a comparison in which something differs or is missing. */
const DIFFERS = 2;
const SHOWN = 50; // Contracts that a person reads; the other formats have all.

/**
 * Prints how an exchange's end-of-day report compares with what is stored. The exit code is 2 when a contract differs or
 * is missing. Rejects with `no_data` when nothing of the report is stored, with `unreadable_source` for another file.
 */
export async function printReconciliation(settings: Settings, order: ReconcileOrder): Promise<void> {
  const result = await withClosings(settings, order, async (closings) =>
    reconcile(await openRecording(order.bhavcopy, { limits: RECORDINGS.of(settings) }), closings),
  );
  if (result.sessions.length === 0) {
    const why = `none of its options is of a product that is stored; ${result.productsNotStored} products are not`;
    throw new DeltaStreamError('no_data', `${order.bhavcopy}: ${why}`);
  }
  stdout.write(await WRITERS[order.format](result));
  const isEqual = result.sessions.every(({ reconciled_share: share }) => share === 1);
  if (!isEqual) process.exitCode = DIFFERS;
}

async function withClosings<T>(
  settings: Settings,
  { server, token }: ReconcileOrder,
  work: (closings: Closings) => Promise<T>,
): Promise<T> {
  if (server !== undefined) return work(remoteClosings(server, token));
  const store = await openPort('marketReader', settings);
  try {
    return await work(storedClosings(store));
  } finally {
    await store.close();
  }
}

/** What a running platform shows by REST. */
function remoteClosings(server: string, token: string | undefined): Closings {
  const { get } = createPlatformClient(server, token);
  const listed = new Map<string, Promise<readonly string[]>>();
  const listExpiries = async (product: string): Promise<readonly string[]> => {
    const path = `/api/data/expiries/${encodeURIComponent(product)}`;
    const found = await get<{ expiries: { expiry: string }[] }>(path);
    return found?.expiries.map(({ expiry }) => expiry) ?? [];
  };
  const expiriesOf = (product: string): Promise<readonly string[]> => {
    const found = listed.get(product) ?? listExpiries(product);
    listed.set(product, found);
    return found;
  };
  return {
    async products() {
      const found = await get<{ products: { product: string }[] }>('/api/data/products');
      return found?.products.map(({ product }) => product) ?? [];
    },
    expiries: expiriesOf,
    async asOf(product, expiry, atMs) {
      if (!(await expiriesOf(product)).includes(expiry)) return null;
      const query = new URLSearchParams({ expiry, at: new Date(atMs).toISOString() });
      const chain = await get<ChainView>(`/api/data/chain/${encodeURIComponent(product)}?${query}`);
      return (
        chain && {
          timestamp: Date.parse(chain.timestamp),
          source: chain.source,
          quoted: [...chain.calls, ...chain.puts].some((row) => (row?.bid ?? row?.ask ?? null) !== null),
          contracts: contractsOf(chain),
        }
      );
    },
  };
}

function contractsOf({
  product,
  expiry,
  quality,
  strikes,
  calls,
  puts,
}: ChainView): Map<string, ClosingQuote> {
  const contracts = new Map<string, ClosingQuote>();
  for (const side of SIDES) {
    for (const [i, strike] of strikes.entries()) {
      const row = (side === 'call' ? calls : puts)[i];
      if (!row) continue;
      contracts.set(contractId({ product, expiry, strike, side }), {
        ...{ strike, side },
        open_interest: isLotUncertain(quality) ? Number.NaN : (row.open_interest ?? Number.NaN),
        volume: row.volume ?? Number.NaN,
        settlement: row.mark_price ?? Number.NaN,
      });
    }
  }
  return contracts;
}

const WRITERS: Readonly<
  Record<ReconcileOrder['format'], (result: Reconciliation) => string | Promise<string>>
> = {
  text: textOf,
  json: ({ sessions, contracts, productsNotStored, rejected }) =>
    `${JSON.stringify({ sessions, contracts, products_not_stored: productsNotStored, rejected }, null, 2)}\n`,
  csv: ({ contracts }) => toCsv(Object.keys(ReconciledContract.properties), contracts),
};

function textOf({ sessions, contracts, productsNotStored, rejected }: Reconciliation): string {
  const notable = contracts.filter(({ outcome }) => outcome !== 'equal' && outcome !== 'not_compared');
  const lines = sessions.map((session) => {
    const { product, equal, different, missing_here, missing_there, not_compared } = session;
    const share = session.reconciled_share === null ? 'nothing compared' : percent(session.reconciled_share);
    const counts = `${equal} equal, ${different} different, ${missing_here} missing here, ${missing_there} missing there`;
    return `${product} ${session.session}: ${share}; ${counts}, ${not_compared} not compared`;
  });
  lines.push(...notable.slice(0, SHOWN).map(lineOf));
  if (notable.length > SHOWN) lines.push(`... and ${notable.length - SHOWN} more: --format csv has all`);
  if (productsNotStored > 0) lines.push(`${productsNotStored} products of the report are not stored here`);
  if (rejected > 0) lines.push(`${rejected} parts of the report could not be read`);
  return `${lines.join('\n')}\n`;
}

/** Never 100 % while something differs. */
const percent = (share: number): string => `${(Math.floor(share * 10_000) / 100).toFixed(2)} % reconciled`;

function lineOf(row: Row): string {
  const figures = RECONCILED_FIGURES.flatMap((name) => {
    const [here, there, difference] = [row[`${name}_here`], row[`${name}_there`], row[`${name}_difference`]];
    if (row.outcome === 'different') {
      return difference === null || difference === 0
        ? []
        : `${name} ${here} here, ${there} there (${signed(difference)})`;
    }
    const value = here ?? there;
    return value === null ? [] : `${name} ${value}`;
  });
  return `  ${row.contract}  ${row.outcome.replace('_', ' ')}: ${figures.join('; ')}`;
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${Number(value.toPrecision(12))}`;
