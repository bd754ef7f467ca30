import type { SimulatedRequest, SimulatedResponse } from '../../simulators/simulated-venue.ts';
import type { SimulatedMarket, Simulator } from '../../simulators/simulator.ts';
import { startVenueServer } from '../../simulators/venue-server.ts';
import { pageSymbol } from '../page-symbols.ts';
import { pageText } from './page-text.ts';

export interface CboeSimulatorOptions {
  /** A free one by default. */
  readonly port?: number;
  /** How the CDN says that it has no such page; 403 by default, 404 was reported as well. */
  readonly unknownStatus?: 403 | 404;
  /** Whether it honours conditional requests; true by default. The real one is not known to. */
  readonly conditional?: boolean;
}

export interface CboeSimulator extends Simulator {
  /** Every request is responded to with this status from now on; null: as usual. */
  respondWith(status: number | null): void;
  /** Requests so far, and those of them that asked for a page only if it has changed. */
  requests(): {
    readonly all: number;
    readonly conditional: number;
    readonly userAgents: ReadonlySet<string>;
  };
}

const PATH = /^\/api\/global\/delayed_quotes\/options\/([A-Z_]+)\.json$/;

/** Cboe's pages of delayed quotes on this machine, by the paths of its CDN. */
export async function createCboeSimulator(
  market: SimulatedMarket,
  { port, unknownStatus = 403, conditional = true }: CboeSimulatorOptions = {},
): Promise<CboeSimulator> {
  let status: number | null = null;
  let seqno = 1;
  const counted = { all: 0, conditional: 0, userAgents: new Set<string>() };

  function respond({ url, headers, market: present }: SimulatedRequest): SimulatedResponse {
    counted.all += 1;
    counted.userAgents.add(headers['user-agent'] ?? '');
    if (headers['if-none-match'] !== undefined) counted.conditional += 1;
    if (status !== null) return { status, body: `HTTP ${status}` };
    const symbol = PATH.exec(url.pathname)?.[1];
    const page = symbol === undefined ? null : textOf(symbol, present);
    if (page === null) return { status: unknownStatus, body: 'AccessDenied' };
    const etag = `"${seqno}"`;
    if (conditional && headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    return { status: 200, headers: { 'content-type': 'application/json', etag }, body: page };
  }

  function textOf(symbol: string, present: SimulatedMarket): string | null {
    const listed = present.list.instruments.filter(({ listing }) => pageSymbol(listing.symbol) === symbol);
    const quotes = (kind: string) =>
      listed.filter((each) => each.kind === kind).flatMap(({ id }) => present.quoteOf(id) ?? []);
    const options = quotes('option');
    return options.length === 0 ? null : pageText(symbol, quotes('underlying')[0] ?? null, options, seqno);
  }

  const unfollow = market.follow(() => {
    seqno += 1;
  });
  const server = await startVenueServer({ market, port, venue: { respond } });
  return {
    ...server,
    respondWith: (next) => {
      status = next;
    },
    requests: () => counted,
    close: () => {
      unfollow();
      return server.close();
    },
  };
}
