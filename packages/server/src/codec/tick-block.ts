import {
  createColumnReader,
  createColumnWriter,
  MalformedBlobError,
  readVarint,
  varintLength,
  writeVarint,
} from '@deltastream/contracts/codec';
import { Packr } from 'msgpackr';
import type { StoredTick } from '../ports/market-store.ts';

/** Layout version, the first byte of every block. */
const BLOCK_VERSION = 1;
/** A block holds the ticks of one product within one minute. */
export const BLOCK_MS = 60_000;

const SIZES_BYTES = 16;
/** timestamp within the minute, seq, price, previous close, and numbers of epoch, source and currency. */
const REFERENCES = [-1, -1, -1, -1, -1, -1, -1];
const WIDTH = REFERENCES.length;

/** The ticks of one product and minute as compact bytes; exact, and the same for every store. */
export interface TickBlockCodec {
  /** `ticks` ascend in time and lie within the minute that starts at `minuteMs`. */
  encode(minuteMs: number, ticks: readonly StoredTick[]): Uint8Array<ArrayBuffer>;
  /** Throws MalformedBlobError. */
  decode(product: string, minuteMs: number, block: Uint8Array): StoredTick[];
}

export function createTickBlockCodec(): TickBlockCodec {
  const packr = new Packr({ useRecords: false });
  const writer = createColumnWriter();
  const reader = createColumnReader();

  return {
    encode(minuteMs, ticks) {
      const count = ticks.length;
      const names = new Map<string, number>();
      const numberOf = (name: string) => {
        const known = names.get(name);
        if (known !== undefined) return known;
        names.set(name, names.size);
        return names.size - 1;
      };
      const values = new Float64Array(count * WIDTH);
      for (const [i, tick] of ticks.entries()) {
        values[i] = tick.timestamp - minuteMs;
        values[count + i] = tick.seq;
        values[2 * count + i] = tick.price;
        values[3 * count + i] = tick.previousClose ?? Number.NaN;
        values[4 * count + i] = numberOf(tick.epoch);
        values[5 * count + i] = numberOf(tick.source);
        values[6 * count + i] = numberOf(tick.currency);
      }
      const packed = packr.pack([...names.keys()]);
      const block = new Uint8Array(SIZES_BYTES + packed.length + writer.bound(count, WIDTH));
      block[0] = BLOCK_VERSION;
      let at = writeVarint(block, 1, count);
      at = writeVarint(block, at, packed.length);
      block.set(packed, at);
      at = writer.write(values, count, REFERENCES, block, at + packed.length);
      return block.slice(0, at);
    },
    decode(product, minuteMs, block) {
      if (block[0] !== BLOCK_VERSION) {
        throw new MalformedBlobError(`version is ${String(block[0])}, expected ${BLOCK_VERSION}`);
      }
      const count = readVarint(block, 1);
      const length = readVarint(block, 1 + varintLength(count));
      const start = 1 + varintLength(count) + varintLength(length);
      if (count > BLOCK_MS || !(start + length <= block.length)) {
        throw new MalformedBlobError('ends inside the header');
      }
      const names = packr.unpack(block.subarray(start, start + length)) as string[];
      const values = new Float64Array(count * WIDTH);
      const end = reader.read(block, start + length, count, WIDTH, values);
      if (end !== block.length) throw new MalformedBlobError(`is ${block.length} bytes, expected ${end}`);
      return Array.from({ length: count }, (_, i) => {
        const previousClose = values[3 * count + i];
        return {
          product,
          timestamp: minuteMs + values[i],
          epoch: names[values[4 * count + i]],
          seq: values[count + i],
          source: names[values[5 * count + i]],
          currency: names[values[6 * count + i]],
          price: values[2 * count + i],
          previousClose: Number.isNaN(previousClose) ? null : previousClose,
        };
      });
    },
  };
}
