import type { ChainHeader, EnrichedChain, RawChain } from '../market/chain.ts';
import {
  type ChainColumns,
  type ColumnMemory,
  type ColumnName,
  columnsThrough,
  FIRST_ENRICHED_COLUMNS,
  freshColumns,
  RAW_COLUMNS,
} from '../market/columns.ts';
import { sealBlob, verifyBlob } from './blob-checksum.ts';
import { countQuotes, REFERENCES } from './chain-columns.ts';
import {
  type ChainHeadCodec,
  createChainHeadCodec,
  createRawHeadCodec,
  MAX_CELLS,
  readSizes,
} from './chain-head.ts';
import { type EncodedColumns, encodedColumns } from './encoded-columns.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import type { ReadHeads } from './segment/read-heads.ts';
import type { SnapshotParts } from './segment/segment-reader.ts';
import { columnReader } from './simd/simd-column-reader.ts';
import { columnWriter } from './simd/simd-column-writer.ts';

/**
 * A chain as compact bytes, the same on the bus and in every store. `decode(encode(chain))` equals the
 * chain, every column bit for bit (any NaN comes back as the one NaN). The bytes depend on the chain alone.
 */
export interface ChainCodec<Chain> {
  /**
   * Fresh memory, owned by the caller. Throws RangeError when the columns do not have the chain's shape.
   *
   * @param raw the blob that the chain's raw columns were decoded from, where they are as they came: they are copied
   * from it as they lie there, for the same bytes in less time. Throws RangeError when it is of another shape.
   */
  encode(chain: Chain, raw?: Uint8Array): Uint8Array<ArrayBuffer>;
  /**
   * Fresh memory likewise. Throws MalformedBlobError. Columns fit the header's count of strikes; what its
   * other fields hold is not looked at. Derived columns that the blob's release did not have are NaN, and those that
   * this one does not have are left out, and so are those after `through`.
   *
   * @param memory where the columns go instead
   */
  decode(blob: Uint8Array, through?: ColumnName, memory?: ColumnMemory): Chain;
  /** The same of a snapshot that a segment gave in parts, of whose cells the columns are a view. */
  join(parts: SnapshotParts, through?: ColumnName): Chain;
}

/** Codecs have working memory of their own, for one thread. */
export const createChainCodec = (): ChainCodec<EnrichedChain> =>
  createCodec(createChainHeadCodec(), REFERENCES, FIRST_ENRICHED_COLUMNS.length, Number.POSITIVE_INFINITY);
export const createRawChainCodec = (): ChainCodec<RawChain> =>
  createCodec(
    createRawHeadCodec(),
    REFERENCES.slice(0, RAW_COLUMNS.length),
    RAW_COLUMNS.length,
    RAW_COLUMNS.length,
  );

function createCodec<Header extends ChainHeader>(
  heads: ChainHeadCodec<Header>,
  references: readonly number[],
  leastColumns: number,
  mostColumns: number,
): ChainCodec<Header & { readonly columns: ChainColumns }> {
  const width = references.length;
  let scratch = new Uint8Array(0);
  const known = new WeakMap<ReadHeads, (index: number) => Header>();

  const requireWidth = (columns: number) => {
    if (columns >= leastColumns && columns <= mostColumns) return;
    throw new MalformedBlobError(`has ${columns} columns, expected ${leastColumns}`);
  };
  const wantedColumns = (through?: ColumnName) =>
    through === undefined ? width : Math.min(width, columnsThrough(through));
  /** The first `wanted` columns of cells that begin with `read` of them; those beyond are NaN. */
  const fitted = (cells: Float64Array, strikes: number, read: number, wanted: number): Float64Array => {
    if (read === wanted) return cells;
    if (read > wanted) return cells.slice(0, strikes * wanted);
    const all = cells.length === strikes * wanted ? cells : new Float64Array(strikes * wanted);
    if (all !== cells) all.set(cells);
    return all.fill(Number.NaN, strikes * read);
  };

  return {
    encode(chain, raw) {
      const { count, values } = chain.columns;
      if (values.length !== count * width) {
        throw new RangeError(`columns hold ${values.length} cells, expected ${count} strikes x ${width}`);
      }
      if (values.length > MAX_CELLS) throw new RangeError(`${count} strikes are too many for one chain`);
      const first = raw && rawColumnsOf(raw, count);
      const writer = columnWriter();
      const head = heads.encode(chain, count, width, first ? first.quotes : countQuotes(values, count));
      const bound = head.length + writer.bound(count, width) + (first?.bytes.length ?? 0);
      if (scratch.length < bound) scratch = new Uint8Array(bound);
      scratch.set(head);
      const end = writer.write(values, count, references, scratch, head.length, first);
      return sealBlob(scratch.slice(0, end));
    },
    decode(blob, through, memory = freshColumns) {
      verifyBlob(blob);
      const { chain, strikes, columns, end } = heads.decode(blob);
      requireWidth(columns);
      const wanted = wantedColumns(through);
      const read = wanted < width ? Math.min(columns, wanted) : columns;
      const all = memory(strikes, Math.max(read, wanted));
      const cells = all.values;
      const stop = columnReader().read(blob, end, strikes, read, cells);
      if (read === columns && stop !== blob.length) {
        throw new MalformedBlobError(`is ${blob.length} bytes, expected ${stop}`);
      }
      const values = fitted(cells, strikes, read, wanted);
      return Object.assign(chain, { columns: values === cells ? all : { count: strikes, values } });
    },
    join({ heads: given, index, width: columns, strikes, cells }, through) {
      const read = known.get(given) ?? heads.readAll(given);
      known.set(given, read);
      const chain = read(index);
      requireWidth(columns);
      const wanted = wantedColumns(through);
      const values = fitted(cells, strikes, strikes === 0 ? wanted : cells.length / strikes, wanted);
      return Object.assign(chain, { columns: { count: strikes, values } });
    },
  };
}

/** The columns of a raw chain's blob as they lie there, and how many quotes it counts. */
function rawColumnsOf(raw: Uint8Array, count: number): EncodedColumns & { readonly quotes: number } {
  const { strikes, columns, quotes, end } = readSizes(raw);
  if (strikes !== count || columns !== RAW_COLUMNS.length) {
    throw new RangeError(
      `raw columns are ${strikes} strikes x ${columns}, expected ${count} x ${RAW_COLUMNS.length}`,
    );
  }
  return { ...encodedColumns(raw, end, count, columns), quotes };
}
