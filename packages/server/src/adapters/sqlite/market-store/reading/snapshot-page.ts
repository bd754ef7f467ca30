import type { ColumnMemory } from '@deltastream/contracts';
import {
  type CellMemory,
  createHeadsReader,
  type ReadHeads,
  type Segment,
  type SnapshotParts,
  type StoredHeads,
} from '@deltastream/contracts/codec';

/**
 * Snapshots as the reader thread hands them over: what they hold lies in a few pieces of memory that change their owner,
 * and what is said of each is a row of numbers, because a message costs by its objects.
 */
export interface SnapshotPage {
  readonly memory: readonly ArrayBuffer[];
  /** Names of files. */
  readonly files: readonly string[];
  /** Heads of the segments that snapshots are from. */
  readonly heads: readonly StoredHeads[];
  /** `ROW` numbers of each. */
  readonly rows: Float64Array<ArrayBuffer>;
}

/** A snapshot, the time under which it lies, and the name of the file: as its blob, or what gives its parts. */
export interface StoredSnapshot {
  readonly timestamp: number;
  readonly file: string;
  /** Throws MalformedBlobError. */
  readonly content: Uint8Array | (() => SnapshotParts);
}

/**
 * Timestamp, file, piece of memory, place in it in bytes, and length in bytes; of one from a segment the number of its
 * heads (others: -1), its place among them, strikes and columns.
 */
const ROW = 9;
const SEGMENT = 5;
const BLOB = -1;

/**
 * Cells of one piece of memory, 64 kB, unless a snapshot has more. Who keeps one snapshot keeps its piece; and larger ones come
 * from the system and go back to it each time, which takes twice as long as filling them.
 */
export const PIECE_CELLS = 8_192;

/** Memory as it was left, for all of it is written: setting it to zeros first takes a third of the time. */
const unfilled = (cells: number): Float64Array<ArrayBuffer> =>
  new Float64Array(Buffer.allocUnsafeSlow(cells * Float64Array.BYTES_PER_ELEMENT).buffer);

export interface PageWriter {
  /** Memory for what comes next, to be filled. */
  readonly memory: CellMemory;
  addBlob(timestamp: number, file: string, blob: Uint8Array): void;
  /** `cells` are in memory of this page. */
  addParts(
    timestamp: number,
    file: string,
    from: { readonly segment: Segment; readonly index: number },
    parts: { readonly strikes: number; readonly width: number; readonly cells: Float64Array },
  ): void;
  done(): SnapshotPage;
}

/** @param pieceCells memory is taken for so many cells at a time */
export function createPageWriter(pieceCells: number): PageWriter {
  const memory: ArrayBuffer[] = [];
  const files: string[] = [];
  const segments: Segment[] = [];
  const rows: number[] = [];
  let piece = new Float64Array(0);
  let used = 0;

  const take: CellMemory = (cells) => {
    if (used + cells > piece.length) {
      piece = unfilled(Math.max(pieceCells, cells));
      memory.push(piece.buffer);
      used = 0;
    }
    used += cells;
    return piece.subarray(used - cells, used);
  };
  /** The place of an item in a list that it is added to. */
  const placeIn = <T>(list: T[], item: T): number => {
    const last = list.lastIndexOf(item);
    return last < 0 ? list.push(item) - 1 : last;
  };
  const add = (timestamp: number, file: string, held: ArrayBufferView, ...rest: number[]) => {
    const at = placeIn(memory, held.buffer as ArrayBuffer);
    rows.push(timestamp, placeIn(files, file), at, held.byteOffset, held.byteLength, ...rest);
  };

  return {
    memory: take,
    addBlob(timestamp, file, blob) {
      const { buffer, byteOffset } = take(Math.ceil(blob.length / Float64Array.BYTES_PER_ELEMENT));
      const bytes = new Uint8Array(buffer, byteOffset, blob.length);
      bytes.set(blob);
      add(timestamp, file, bytes, BLOB, 0, 0, 0);
    },
    addParts(timestamp, file, { segment, index }, { strikes, width, cells }) {
      add(timestamp, file, cells, placeIn(segments, segment), index, strikes, width);
    },
    done: () => ({
      memory,
      files,
      // Copies: of a part of a larger piece all of that would be sent.
      heads: segments.flatMap((each) => {
        const heads = each.heads();
        return heads === null
          ? []
          : [{ count: heads.count, bytes: heads.bytes.slice(), columns: heads.columns }];
      }),
      rows: Float64Array.from(rows),
    }),
  };
}

/** Segments whose heads are kept: a page ends within one, and the next of the same chain goes on there. */
const KEPT_HEADS = 4;

/** Reads pages; the function has working memory of its own. */
export function createPageReader(): (page: SnapshotPage) => StoredSnapshot[] {
  const readHeads = createHeadsReader();
  const kept: ReadHeads[] = [];

  const headsFrom = ({ count, bytes, columns }: StoredHeads): ReadHeads => {
    const known = kept.find((each) => Buffer.compare(each.bytes, bytes) === 0);
    if (known !== undefined) return known;
    const heads = readHeads(count, bytes, () => columns);
    kept.unshift(heads);
    kept.length = Math.min(kept.length, KEPT_HEADS);
    return heads;
  };

  return ({ memory, files, heads, rows }) => {
    const known: ReadHeads[] = [];
    const headsOf = (segment: number): ReadHeads => {
      known[segment] ??= headsFrom(heads[segment]);
      return known[segment];
    };
    const blobAt = (row: number): Uint8Array =>
      new Uint8Array(memory[rows[row + 2]], rows[row + 3], rows[row + 4]);
    const partsAt = (row: number): SnapshotParts => {
      const cells = rows[row + 4] / Float64Array.BYTES_PER_ELEMENT;
      return {
        heads: headsOf(rows[row + SEGMENT]),
        index: rows[row + 6],
        strikes: rows[row + 7],
        width: rows[row + 8],
        cells: new Float64Array(memory[rows[row + 2]], rows[row + 3], cells),
      };
    };
    const found: StoredSnapshot[] = [];
    for (let row = 0; row < rows.length; row += ROW) {
      const content = rows[row + SEGMENT] === BLOB ? blobAt(row) : () => partsAt(row);
      found.push({ timestamp: rows[row], file: files[rows[row + 1]], content });
    }
    return found;
  };
}

/** Columns of chains that are read together, in a few pieces of memory: each by itself costs as much as decoding it. */
export function sharedColumns(): ColumnMemory {
  let piece = new Float64Array(0);
  let used = 0;
  return (count, width) => {
    const cells = count * width;
    if (used + cells > piece.length) {
      piece = unfilled(Math.max(PIECE_CELLS, cells));
      used = 0;
    }
    used += cells;
    return { count, values: piece.subarray(used - cells, used) };
  };
}
