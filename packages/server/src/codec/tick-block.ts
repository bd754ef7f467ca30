import {
  columnReader,
  columnWriter,
  MalformedBlobError,
  readVarint,
  sealBlob,
  varintLength,
  verifyBlob,
  writeVarint,
} from '@deltastream/contracts/codec';
import { Packr } from 'msgpackr';
import type { StoredTick } from '../ports/stores/market/market-store.ts';

/**
 * Layout version, the first byte of every block; since version 2 the checksum of blobs follows it, and every
 * tick has a generation; since version 3 the checksum covers the product and the minute, which lie beside the block.
 */
const BLOCK_VERSION = 3;
const FIRST_WITH_KEY = 3; // A version.
const CHECKSUM_BYTES = 4; // A 32-bit number.
/** A block holds the ticks of one product within one minute. */
export const BLOCK_MS = 60_000;

const SIZES_BYTES = 20; // Version, checksum and two numbers, at most.
/** timestamp within the minute, seq, price, previous close, numbers of epoch, source and currency, generation. */
const REFERENCES = [-1, -1, -1, -1, -1, -1, -1, -1];
const WIDTH = REFERENCES.length;
const WIDTH_OF_VERSION_1 = 7;

/** The ticks of one product and minute as compact bytes; exact, and the same for every store. */
export interface TickBlockCodec {
  /** `ticks` are of the product, ascend in time and lie within the minute that starts at `minuteMs`. */
  encode(product: string, minuteMs: number, ticks: readonly StoredTick[]): Uint8Array<ArrayBuffer>;
  /** Throws MalformedBlobError, also where the block of another product or minute lies in the place of this one. */
  decode(product: string, minuteMs: number, block: Uint8Array): StoredTick[];
}

export function createTickBlockCodec(): TickBlockCodec {
  const packr = new Packr({ useRecords: false });

  return {
    encode(product, minuteMs, ticks) {
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
        values[7 * count + i] = tick.generation ?? 0;
      }
      const packed = packr.pack([...names.keys()]);
      const writer = columnWriter();
      const block = new Uint8Array(SIZES_BYTES + packed.length + writer.bound(count, WIDTH));
      block[0] = BLOCK_VERSION;
      let at = writeVarint(block, 1 + CHECKSUM_BYTES, count);
      at = writeVarint(block, at, packed.length);
      block.set(packed, at);
      at = writer.write(values, count, REFERENCES, block, at + packed.length);
      return sealBlob(block.slice(0, at), keyOf(product, minuteMs));
    },
    decode(product, minuteMs, block) {
      const version = block[0];
      verifyBlob(block, version < FIRST_WITH_KEY ? '' : keyOf(product, minuteMs), BLOCK_VERSION);
      const width = version === 1 ? WIDTH_OF_VERSION_1 : WIDTH;
      const first = version === 1 ? 1 : 1 + CHECKSUM_BYTES;
      const count = readVarint(block, first);
      const length = readVarint(block, first + varintLength(count));
      const start = first + varintLength(count) + varintLength(length);
      if (count > BLOCK_MS || !(start + length <= block.length)) {
        throw new MalformedBlobError('ends inside the header');
      }
      const names = unpackNames(packr, block.subarray(start, start + length));
      const values = new Float64Array(count * width);
      const end = columnReader().read(block, start + length, count, width, values);
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
          ...(width === WIDTH && values[7 * count + i] !== 0 ? { generation: values[7 * count + i] } : {}),
        };
      });
    },
  };
}

const keyOf = (product: string, minuteMs: number): string => `${product} ${minuteMs}`;

function unpackNames(packr: Packr, bytes: Uint8Array): string[] {
  let names: unknown;
  try {
    names = packr.unpack(bytes);
  } catch (cause) {
    throw new MalformedBlobError('the names are not MessagePack', { cause });
  }
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new MalformedBlobError('the names are not a list of names');
}
