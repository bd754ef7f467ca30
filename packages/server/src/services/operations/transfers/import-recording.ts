import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  type ImportProgress,
  MARKET_CHAINS,
  MARKET_TICKS,
  type RawChain,
} from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/log.ts';
import { createRejectionReport } from '../../../kit/rejection-report.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { MarketReader } from '../../../ports/market-store.ts';
import type { OpenRecording, RecordingSource } from './recording-source.ts';

export interface ImportSettings {
  /** Share of the bus's bound above which an import waits for its consumers: a live feed needs room, too. */
  readonly waitAbove: number;
  readonly reportMs: number;
  /** How long the store may take to hold what was published last. */
  readonly storedWithinMs: number;
  /** Reasons for which parts are rejected that are logged, each once with its count. */
  readonly rejectionsLogged: number;
}

export const IMPORT_DEFAULTS: ImportSettings = {
  waitAbove: 0.25,
  reportMs: 500,
  storedWithinMs: 60_000,
  rejectionsLogged: 20,
};

const WAIT_MS = 20;
const STORED_POLL_MS = 100;
/** Without a wait, the rest of the process gets a turn this often. */
const LONGEST_TURN_MS = 10;
const WATCHED = [MARKET_CHAINS, MARKET_TICKS, ENRICHED_CHAINS, ENRICHED_TICKS].map(({ name }) => name);

/**
 * Publishes a recording as a feed would, as fast as its consumers are, and waits until the store holds its
 * end. A second run, after a crash too, repeats the same messages under the same numbers, which changes nothing.
 *
 * Rejects with a permanent `unreadable_source`, with `stopped` when the signal aborts, and as the bus does.
 */
export async function importRecording(
  ports: {
    readonly bus: Bus;
    readonly store: MarketReader;
    readonly logger: Logger;
    readonly open: OpenRecording;
  },
  path: string,
  report: (progress: ImportProgress) => Promise<void>,
  signal: AbortSignal,
  settings: ImportSettings = IMPORT_DEFAULTS,
): Promise<void> {
  const { bus, store, logger } = ports;
  const source = await openOrGiveUp(ports.open, path, signal);
  const rejections = createRejectionReport(logger, { mostReasons: settings.rejectionsLogged });
  const counts = { chains: 0, ticks: 0, rejected: 0 };
  /** Of each product and expiry the last timestamp published. */
  const ends = new Map<string, Pick<RawChain, 'product' | 'expiry' | 'timestamp'>>();
  let reportedAt = performance.now();
  let turnBegan = performance.now();

  const progress = (stored: boolean | null): ImportProgress => ({ ...source.progress(), ...counts, stored });

  const breathe = async () => {
    while (WATCHED.some((topic) => bus.pressure(topic) > settings.waitAbove)) {
      await pause(WAIT_MS, signal);
      turnBegan = performance.now();
    }
    if (performance.now() - turnBegan > LONGEST_TURN_MS) {
      await nextTurn();
      turnBegan = performance.now();
    }
    if (signal.aborted) throw stopped();
    if (performance.now() - reportedAt < settings.reportMs) return;
    reportedAt = performance.now();
    await report(progress(null));
  };

  try {
    await report(progress(null));
    for await (const item of source) {
      await breathe();
      if (item.kind === 'rejected') {
        counts.rejected += 1;
        const { rejection, reason, where } = item;
        rejections.add({ rejection, reason, place: Object.values(where).join(' ') });
      } else if (item.kind === 'chain') {
        await bus.publish(MARKET_CHAINS.name, MARKET_CHAINS.frames.encode(item.chain));
        counts.chains += 1;
        const { product, expiry, timestamp } = item.chain;
        ends.set(`${product} ${expiry}`, { product, expiry, timestamp });
      } else {
        await bus.publish(MARKET_TICKS.name, MARKET_TICKS.frames.encode(item.tick));
        counts.ticks += 1;
      }
    }
    await report(progress(null));
    await report(progress(await storeHolds(store, [...ends.values()], settings.storedWithinMs, signal)));
  } finally {
    rejections.end();
    await source.close();
  }
}

async function openOrGiveUp(
  open: OpenRecording,
  path: string,
  signal: AbortSignal,
): Promise<RecordingSource> {
  try {
    return await open(path, signal);
  } catch (cause) {
    if (signal.aborted) throw stopped();
    const code = cause instanceof DeltaStreamError ? cause.code : 'unreadable_source';
    throw new DeltaStreamError(code, reasonOf(cause), { cause, permanent: true });
  }
}

/** False when an end is still missing after that time, as when the last chain was put aside as malformed. */
async function storeHolds(
  store: MarketReader,
  ends: readonly Pick<RawChain, 'product' | 'expiry' | 'timestamp'>[],
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const begun = performance.now();
  let missing = ends;
  while (missing.length > 0) {
    const products = [...new Set(missing.map(({ product }) => product))];
    const held = new Map<string, number>();
    for (const product of products) {
      for (const { expiry, lastTimestamp } of await store.expiries(product)) {
        held.set(`${product} ${expiry}`, lastTimestamp);
      }
    }
    missing = missing.filter(
      ({ product, expiry, timestamp }) => (held.get(`${product} ${expiry}`) ?? -1) < timestamp,
    );
    if (missing.length === 0) break;
    if (performance.now() - begun > withinMs) return false;
    await pause(STORED_POLL_MS, signal);
  }
  return true;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw stopped();
}

const stopped = () => new DeltaStreamError('stopped', 'the import was stopped; it begins again');
