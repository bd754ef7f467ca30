import { ENRICHED_COLUMNS, type EnrichedChain } from '@deltastream/contracts';
import { countQuotes, REFERENCES } from './chain-columns.ts';
import { createChainHeadCodec, MAX_CELLS } from './chain-head.ts';
import { createColumnReader } from './column-reader.ts';
import { createColumnWriter } from './column-writer.ts';
import { MalformedBlobError } from './malformed-blob.ts';

/**
 * A chain snapshot as compact bytes, the same for every store. `decode(encode(chain))` equals the chain,
 * every column bit for bit (any NaN comes back as the one NaN). The bytes depend on the chain alone.
 */
export interface ChainBlobCodec {
  /**
   * Fresh memory, owned by the caller. Throws RangeError when the columns do not have the shape of an
   * enriched chain.
   */
  encode(chain: EnrichedChain): Uint8Array<ArrayBuffer>;
  /** Throws MalformedBlobError. */
  decode(blob: Uint8Array): EnrichedChain;
}

const WIDTH = ENRICHED_COLUMNS.length;

/** A codec with its own working memory, for one thread. */
export function createChainBlobCodec(): ChainBlobCodec {
  const heads = createChainHeadCodec();
  const writer = createColumnWriter();
  const reader = createColumnReader();
  let scratch = new Uint8Array(0);

  return {
    encode(chain) {
      const { count, values } = chain.columns;
      if (values.length !== count * WIDTH) {
        throw new RangeError(`columns hold ${values.length} cells, expected ${count} strikes x ${WIDTH}`);
      }
      if (values.length > MAX_CELLS) throw new RangeError(`${count} strikes are too many for one chain`);
      const head = heads.encode(chain, WIDTH, countQuotes(values, count));
      const bound = head.length + writer.bound(count, WIDTH);
      if (scratch.length < bound) scratch = new Uint8Array(bound);
      scratch.set(head);
      const end = writer.write(values, count, REFERENCES, scratch, head.length);
      return scratch.slice(0, end);
    },
    decode(blob) {
      const { chain, strikes, columns, end } = heads.decode(blob);
      const values = new Float64Array(strikes * columns);
      const stop = reader.read(blob, end, strikes, columns, values);
      if (stop !== blob.length) throw new MalformedBlobError(`is ${blob.length} bytes, expected ${stop}`);
      return { ...chain, columns: { count: strikes, values } };
    },
  };
}
