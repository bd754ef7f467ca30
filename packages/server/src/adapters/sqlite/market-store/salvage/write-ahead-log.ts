import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 32; // As the format says.
const FRAME_HEADER_BYTES = 24; // Likewise.
/** First word of a log; its last bit says in which order of bytes checksums are computed. */
const MAGIC = 0x37_7f_06_82;

/** The pages that a write-ahead log has in the place of those of its file. */
export interface LogPages {
  /** Where a page lies in the log, by its number. */
  readonly offsets: ReadonlyMap<number, number>;
  /** Pages of the database at the last commit; null without one. */
  readonly databasePages: number | null;
}

/**
 * Reads which pages the complete transactions of a write-ahead log hold, as SQLite would: up to the first frame whose
 * checksum does not fit, and no further than the last commit. Format: https://www.sqlite.org/walformat.html
 */
export function readLogPages(log: string, pageBytes: number): LogPages {
  const offsets = new Map<number, number>();
  let databasePages: number | null = null;
  if (!existsSync(log)) return { offsets, databasePages };
  const descriptor = openSync(log, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return { offsets, databasePages };
    const magic = header.getUint32(0);
    if ((magic & ~1) >>> 0 !== MAGIC || header.getUint32(8) !== pageBytes) return { offsets, databasePages };
    const littleEndian = (magic & 1) === 0;
    let sums = checksum(header, 0, 24, littleEndian, [0, 0]);
    if (sums[0] !== header.getUint32(24) || sums[1] !== header.getUint32(28))
      return { offsets, databasePages };

    const frame = new DataView(new ArrayBuffer(FRAME_HEADER_BYTES + pageBytes));
    const pending = new Map<number, number>();
    for (let at = HEADER_BYTES; at + frame.byteLength <= size; at += frame.byteLength) {
      readSync(descriptor, frame, 0, frame.byteLength, at);
      const isOfLog =
        frame.getUint32(8) === header.getUint32(16) && frame.getUint32(12) === header.getUint32(20);
      if (!isOfLog) break;
      sums = checksum(frame, 0, 8, littleEndian, sums);
      sums = checksum(frame, FRAME_HEADER_BYTES, frame.byteLength, littleEndian, sums);
      if (sums[0] !== frame.getUint32(16) || sums[1] !== frame.getUint32(20)) break;
      pending.set(frame.getUint32(0), at + FRAME_HEADER_BYTES);
      const committedPages = frame.getUint32(4);
      if (committedPages === 0) continue;
      databasePages = committedPages;
      for (const [page, offset] of pending) offsets.set(page, offset);
      pending.clear();
    }
    return { offsets, databasePages };
  } finally {
    closeSync(descriptor);
  }
}

/** The two sums that SQLite adds up over pairs of words. */
function checksum(
  view: DataView,
  from: number,
  to: number,
  littleEndian: boolean,
  [first, second]: readonly [number, number],
): readonly [number, number] {
  let [a, b] = [first, second];
  for (let at = from; at < to; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}
