import type { DatabaseSync } from 'node:sqlite';
import { createChainHeadCodec, createSegmentCodec, MalformedBlobError } from '@deltastream/contracts/codec';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { HOT_PAGE_BYTES } from '../files/hot-file.ts';
import { DAY_SCHEMA, HOT_SCHEMA } from '../files/schemas.ts';
import { createDayTarget, DAY_PAGE_BYTES, FORMER_DAY_PAGE_BYTES } from '../sealing/day-target.ts';
import type { PageRow } from './page-rows.ts';
import { type Salvage, salvageFile, unlessRefused } from './salvage-file.ts';

/** Replaces a damaged file of a day by one with the snapshots that can be read; how many these are. */
export const salvageHot = (file: string): Salvage<number> =>
  salvageFile(file, { schema: HOT_SCHEMA, pageBytes: HOT_PAGE_BYTES }, fillHot);

/** The same of a sealed day; its manifest says what is left of it. */
export const salvageSealed = (file: string): Salvage<number> =>
  salvageFile(
    file,
    { schema: DAY_SCHEMA, pageBytes: DAY_PAGE_BYTES, formerPageBytes: FORMER_DAY_PAGE_BYTES },
    fillSealed,
  );

/** A snapshot says itself of which chain it is. Of two states of one the later written stays: ids rise with every write. */
function fillHot(database: DatabaseSync, rows: () => Iterable<PageRow>): number {
  const codec = createChainBlobCodec();
  const heads = createChainHeadCodec();
  const addChain = database.prepare('INSERT OR IGNORE INTO chain (product, expiry) VALUES (?, ?)');
  const insert = database.prepare(
    `INSERT INTO snap (id, chain, ts, epoch, seq, data)
     VALUES (?, (SELECT id FROM chain WHERE product = ? AND expiry = ?), ?, ?, ?, ?)
     ON CONFLICT (ts, chain) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, data = excluded.data
     WHERE excluded.id > snap.id
     ON CONFLICT (id) DO NOTHING`,
  );
  for (const { rowid, values } of rows()) {
    const [, , timestamp, , , data] = values;
    if (rowid === null || values.length !== 6 || !(data instanceof Uint8Array)) continue;
    const head = unlessMalformed(() => {
      codec.decode(data);
      return heads.decode(data).chain;
    });
    if (head === null || head.timestamp !== timestamp) continue;
    addChain.run(head.product, head.expiry);
    unlessRefused(() => insert.run(rowid, head.product, head.expiry, timestamp, head.epoch, head.seq, data));
  }
  return Number(database.prepare('SELECT count(*) AS count FROM snap').get()?.count);
}

function fillSealed(database: DatabaseSync, rows: () => Iterable<PageRow>): number {
  const codec = createSegmentCodec();
  const heads = createChainHeadCodec();
  const target = createDayTarget(database);
  const chains = new Map<string, number>();
  const taken = new Set<string>();
  for (const { rowid, values } of rows()) {
    const [, , first_ts, last_ts, , quotes, data] = values;
    if (rowid === null || values.length !== 7 || !(data instanceof Uint8Array)) continue;
    const found = unlessMalformed(() => {
      const { timestamps, blob } = codec.open(data);
      const count = () => timestamps.reduce((sum, _, i) => sum + heads.decode(blob(i)).quotes, 0);
      return {
        timestamps,
        key: heads.decode(blob(0)).chain,
        quotes: Number.isSafeInteger(quotes) ? Number(quotes) : count(),
      };
    });
    if (found === null || found.timestamps[0] !== first_ts || found.timestamps.at(-1) !== last_ts) continue;
    const { product, expiry } = found.key;
    const name = `${product} ${expiry}`;
    if (taken.has(`${name} ${first_ts}`)) continue;
    taken.add(`${name} ${first_ts}`);
    const chain = chains.get(name) ?? target.chain({ product, expiry });
    chains.set(name, chain);
    const row = { first_ts, last_ts, snapshots: found.timestamps.length, quotes: found.quotes };
    target.copy(chain, { ...row, data } as Parameters<typeof target.copy>[1]);
  }
  return target.writeManifest().snapshots;
}

function unlessMalformed<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof MalformedBlobError) return null;
    throw error;
  }
}
