import { type ChainColumns, column, type QualityFlag, SIDES } from '@deltastream/contracts';
import { calendarIsUnknown, currentSessionStart, listedOn, spotIsFrozen } from '@deltastream/reference';
import type { ChainReading } from './reading.ts';

/** Flags that need the chains before; the feed alone sees them in order. */
export type EdgeQuality = (reading: ChainReading) => QualityFlag[];

/** A page that repeats any of the last this many of its expiry is frozen. */
const PAGES_REMEMBERED = 64;
/** Expiries compared at the same time; the one longest unseen is forgotten first. */
const EXPIRIES_REMEMBERED = 1024;
/** A snapshot with fewer strikes than this share of the one before is partial. */
const FULL_SHARE = 0.8;

interface Previous {
  readonly columns: ChainColumns;
  readonly session: number;
  readonly pages: string[];
}

/**
 * Adds to a chain's own flags: `frozen` (strikes, quotes and spot are those of an earlier snapshot),
 * `partial` (more than 20% fewer strikes than the snapshot before) and `volume_regressed` (a contract's
 * cumulative volume fell within a session). And those that need the exchange, which a chain does not name:
 * `calendar_unknown` and `spot_frozen`, also for products that are not in the reference data.
 */
export function createEdgeQuality(): EdgeQuality {
  const seen = new Map<string, Previous>();

  return ({ chain, exchange, volume }) => {
    if (exchange === null) return chain.quality;
    const flags = new Set<QualityFlag>(chain.quality);
    if (calendarIsUnknown(exchange, chain.timestamp, chain.expiry)) flags.add('calendar_unknown');
    if (spotIsFrozen(listedOn(exchange, chain.product), chain.timestamp)) flags.add('spot_frozen');
    const key = `${chain.product} ${chain.expiry}`;
    const previous = seen.get(key);
    const session = currentSessionStart(exchange, chain.timestamp);
    const page = fingerprint(chain.columns, chain.spot);
    if (previous) {
      if (previous.pages.includes(page)) flags.add('frozen');
      if (chain.columns.count < FULL_SHARE * previous.columns.count) flags.add('partial');
      if (
        volume === 'session' &&
        session === previous.session &&
        regressed(previous.columns, chain.columns)
      ) {
        flags.add('volume_regressed');
      }
    }
    const pages = [...(previous?.pages ?? []), page].slice(-PAGES_REMEMBERED);
    seen.delete(key);
    seen.set(key, { columns: chain.columns, session, pages });
    if (seen.size > EXPIRIES_REMEMBERED) seen.delete(seen.keys().next().value as string);
    return [...flags];
  };
}

function regressed(before: ChainColumns, after: ChainColumns): boolean {
  const oldStrikes = column(before, 'strike');
  const newStrikes = column(after, 'strike');
  for (const side of SIDES) {
    const oldVolume = column(before, `${side}_volume`);
    const newVolume = column(after, `${side}_volume`);
    for (let i = 0, j = 0; i < before.count && j < after.count; ) {
      if (oldStrikes[i] < newStrikes[j]) i++;
      else if (oldStrikes[i] > newStrikes[j]) j++;
      else if (newVolume[j++] < oldVolume[i++]) return true;
    }
  }
  return false;
}

/** 64 bits over strikes, quotes and spot: two FNV-1a hashes of different offset. */
function fingerprint({ values }: ChainColumns, spot: number | null): string {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const spotWords = new Uint32Array(new Float64Array([spot ?? Number.NaN]).buffer);
  let a = 0x811c9dc5;
  let b = 0x01234567;
  for (const part of [words, spotWords]) {
    for (let i = 0; i < part.length; i++) {
      a = Math.imul(a ^ part[i], 0x01000193);
      b = Math.imul(b ^ part[i] ^ (b >>> 15), 0x85ebca6b);
    }
  }
  return `${a >>> 0}.${b >>> 0}`;
}
