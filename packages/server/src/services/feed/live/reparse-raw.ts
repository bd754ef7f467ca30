import { basename } from 'node:path';
import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import type { SourceItem } from '@deltastream/recordings/source';
import type { RawMarket } from '@deltastream/venues/raw';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { unpackedContent } from '../../../kit/recordings/recordings.ts';
import type { SettingSchema } from '../../../kit/settings-fragment.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { LiveConfig } from '../feed-config.ts';
import { createRecordFile } from '../record/record-file.ts';
import { RECORD } from '../record/record-settings.ts';
import { createBookOf, createVenue } from './open-live-source.ts';
import { LIVE, VENUES, type VenueName } from './venue-settings.ts';

export interface Reparsed {
  readonly chains: number;
  readonly ticks: number;
  /** Parts that could not be read, by reason. */
  readonly rejected: ReadonlyMap<string, number>;
}

/** Further reasons are counted under the last: what is read comes from elsewhere. */
const MOST_REASONS = 1_000;
/** Written before more is read: bounds the memory. */
const WRITTEN_AT_ONCE_BYTES = 4 * 1024 ** 2;

/** Connectors ask for credentials before they connect; these are never connected. */
const CREDENTIALS: Partial<LiveConfig> = {
  ...Object.fromEntries(
    Object.entries<SettingSchema>(LIVE.own).flatMap(([name, { secret }]) =>
      secret ? [[name, 'unconnected']] : [],
    ),
  ),
  cboeTermsAccepted: true,
};

/**
 * What the connectors of this release make of raw messages, by the clock of their files, which are of one run and in their order.
 * Rejects with `unreadable_source` naming a file that is none of raw messages, or a venue that this release does not know.
 */
async function* reparsedItems(files: readonly string[]): AsyncGenerator<SourceItem> {
  const { reparsed } = await import('@deltastream/venues/raw');
  const cut: string[] = [];
  const [first] = files;
  yield* reparsed(contentOf(files, cut), basename(first), {
    marketOf: (market) => liveMarket(market, first),
    createBook: (market, { frozenMs }, clock) => createBookOf(market, clock, frozenMs),
  });
  for (const reason of cut)
    yield { kind: 'rejected', rejection: 'truncated', where: { file: basename(first) }, reason };
}

function liveMarket({ venue, products, expiries, strikes, stallMs }: RawMarket, file: string) {
  if (!Object.hasOwn(VENUES, venue)) {
    throw new DeltaStreamError(
      'unreadable_source',
      `${file}: it is of ${JSON.stringify(venue)}, a venue that this release does not know`,
    );
  }
  const name = venue as VenueName;
  const config = { ...LIVE.defaults, ...CREDENTIALS, products: new Map([[name, products]]), stallMs };
  return { venue: createVenue(name, config, systemClock), selection: { products, expiries, strikes } };
}

/** Everything before the place where a file is cut off or damaged, which is then named. */
async function* contentOf(files: readonly string[], cut: string[]): AsyncGenerator<Uint8Array> {
  const { RAW_MAGIC } = await import('@deltastream/venues/raw');
  for (const file of files) {
    let isFirst = true;
    try {
      for await (const chunk of unpackedContent(file)) {
        if (isFirst && !new TextDecoder().decode(chunk.subarray(0, RAW_MAGIC.length)).startsWith(RAW_MAGIC)) {
          throw new DeltaStreamError('unreadable_source', `${file}: it does not hold raw messages of venues`);
        }
        isFirst = false;
        yield chunk;
      }
    } catch (error) {
      if (isFirst) throw error;
      cut.push(reasonOf(error));
    }
  }
}

/** Writes what is made of raw messages as a recording. Rejects as reading does, and with `invalid_setting` where `out` is there. */
export async function reparseInto(files: readonly string[], out: string, release: string): Promise<Reparsed> {
  const { lostRecord, messageRecord, sessionHead } = await import('@deltastream/recordings/session');
  const counts = { chain: 0, tick: 0 };
  const rejected = new Map<string, number>();
  let failure: string | null = null;
  let head = { source: '', release, startedAt: 0 };
  const file = await createRecordFile({
    pathOf(number) {
      if (number === 1) return out;
      throw new DeltaStreamError('invalid_setting', `--out ${out} is there already: name another file`);
    },
    head: () => [sessionHead(head)],
    lost: (records) => lostRecord(head.startedAt, records),
    ...{
      flushMs: RECORD.defaults.flushMs,
      rotateBytes: Infinity,
      bufferBytes: Infinity,
      room: { bytes: Infinity },
    },
    onStopped: (reason) => {
      failure = reason;
    },
  });
  let unwritten = 0;
  try {
    for await (const item of reparsedItems(files)) {
      if (item.kind === 'rejected') {
        const reason = rejected.size < MOST_REASONS ? item.reason : 'other reasons';
        rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
        continue;
      }
      // As a feed of venues publishes them.
      const dataset = 'recorded';
      const message = item.kind === 'chain' ? item.chain : item.tick;
      if (head.source === '') head = { ...head, source: message.source, startedAt: message.timestamp };
      const frame =
        item.kind === 'chain'
          ? MARKET_CHAINS.frames.encode({ ...item.chain, dataset })
          : MARKET_TICKS.frames.encode({ ...item.tick, dataset });
      file.append(messageRecord(item.kind, message.timestamp, frame));
      counts[item.kind]++;
      unwritten += frame.length;
      if (unwritten < WRITTEN_AT_ONCE_BYTES) continue;
      await file.written();
      unwritten = 0;
      if (failure !== null) break;
    }
  } finally {
    await file.close();
  }
  if (failure !== null) throw new DeltaStreamError('invalid_setting', `--out ${out}: ${failure}`);
  return { chains: counts.chain, ticks: counts.tick, rejected };
}
