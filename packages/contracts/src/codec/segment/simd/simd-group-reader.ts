import { crc32 } from 'node:zlib';
import { MalformedBlobError } from '../../malformed-blob.ts';
import { GREEK_SIDES, pricedMarkets } from '../greek-model.ts';
import { NOT_AS_WRITTEN, NOT_KNOWN, NOT_THERE } from '../segment-column.ts';
import {
  createPlainGroupReader,
  type GroupCells,
  type GroupReader,
  noSnapshots,
  type SegmentSnapshots,
  type StoredGroup,
  type StoredGroups,
} from '../strike-group.ts';
import { SIMD_BASE64 } from './segment-module.ts';

/** What the module made of `assembly` offers; addresses are those of bytes in its memory. */
interface SimdExports {
  readonly memory: WebAssembly.Memory;
  begin(times: number, columns: number, strikes: number, laid: number, bytes: number): number;
  open(strikes: number, columns: number, offset: number, bytes: number): number;
  sidesAt(): number;
  marketsAt(): number;
  sourcesAt(): number;
  countsAt(): number;
  startsAt(): number;
  outputAt(): number;
  cellsOf(column: number): number;
  read(evaluations: number, only: number): number;
  checkedAt(column: number): number;
  checksumOf(column: number): number;
  clearCounts(): void;
  countStrikes(only: number): void;
  closeCounts(): number;
  layBySnapshot(only: number): void;
}

const EVERY_SNAPSHOT = -1;
const PAGE_BYTES = 65536; // Of WebAssembly.
/** Memory never shrinks: what a larger group took, as of hundreds of strikes in one, is given back with its module. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;
/** Arrays of cells that wait to be used again, some megabytes: taking and freeing them costs as much as filling them. */
const MOST_FREE = 4;
const MOST_FREE_CELLS = 262_144; // Of one; 60 strikes and 60 snapshots have 133,200.
/** By number: what is wrong with a group. */
const FAILURES = [
  '',
  'a group of strikes ends inside a column',
  'a column mode is not known',
  'a pattern is not known',
  NOT_KNOWN,
  NOT_THERE,
];

let compiled: WebAssembly.Module | null = null;

function instantiate(): SimdExports | null {
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(SIMD_BASE64), (each) => each.charCodeAt(0)));
    const simd = new WebAssembly.Instance(compiled).exports as unknown as SimdExports;
    const sides = new Int32Array(simd.memory.buffer, simd.sidesAt());
    sides.set(GREEK_SIDES.flatMap(({ iv, greeks, own, twin }) => [iv, ...greeks, ...own, ...twin]));
    return simd;
  } catch {
    return null;
  }
}

/**
 * Reads groups as WebAssembly SIMD: the bits of {@link createPlainGroupReader} in a fraction of its time. All arithmetic is
 * exact or the IEEE operation of the plain one, so they depend on no processor.
 *
 * @returns null where the engine cannot run it.
 */
export function createSimdGroupReader(): GroupReader | null {
  let simd = instantiate();
  if (simd === null) return null;
  let priced: { readonly of: SegmentSnapshots; readonly markets: Float64Array } | null = null;

  const free: Float64Array[] = [];
  const copied = (cells: Float64Array): Float64Array => {
    const at = free.findIndex(({ length }) => length >= cells.length && length <= 2 * cells.length);
    if (at < 0) return cells.slice();
    const [target] = free.splice(at, 1);
    target.set(cells);
    return target;
  };

  const marketsOf = (snapshots: SegmentSnapshots): Float64Array => {
    if (priced?.of !== snapshots) priced = { of: snapshots, markets: packedMarkets(snapshots) };
    return priced.markets;
  };

  const grown = ({ memory }: SimdExports, end: number) => {
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) memory.grow(missing);
  };
  /** Makes ready to read groups, of which so many snapshots of all columns are wanted. */
  const begin = (
    module: SimdExports,
    snapshots: SegmentSnapshots,
    groups: readonly StoredGroup[],
    width: number,
    laid: number,
  ) => {
    const strikes = groups.reduce((sum, each) => sum + each.strikes, 0);
    const length = groups.reduce((sum, { bytes }) => sum + bytes.length, 0);
    grown(module, module.begin(snapshots.times, width, strikes, laid, length));
    const memory = new Uint8Array(module.memory.buffer);
    let at = module.sourcesAt();
    for (const { bytes } of groups) {
      memory.set(bytes, at);
      at += bytes.length;
    }
    const markets = marketsOf(snapshots);
    new Float64Array(module.memory.buffer, module.marketsAt(), markets.length).set(markets);
    module.clearCounts();
  };
  /** Reads the first columns of each group in turn. */
  const readEach = (
    module: SimdExports,
    { snapshots, groups, evaluations }: StoredGroups,
    columns: number,
    only: number,
    done: () => void,
  ) => {
    let offset = 0;
    for (const { strikes, bytes } of groups) {
      grown(module, module.open(strikes, columns, offset, bytes.length));
      offset += bytes.length;
      const failure = module.read(evaluations, only);
      if (failure !== 0) throw new MalformedBlobError(FAILURES[failure]);
      for (let column = 0; column < columns; column++) {
        const at = module.checkedAt(column);
        if (at === 0) continue;
        const integers = new Uint8Array(module.memory.buffer, at, 4 * strikes * snapshots.times);
        if (crc32(integers) !== module.checksumOf(column) >>> 0) throw new MalformedBlobError(NOT_AS_WRITTEN);
      }
      done();
    }
  };
  const read = (module: SimdExports, stored: StoredGroups, width: number, only: number): GroupCells => {
    const { snapshots, groups } = stored;
    const { times } = snapshots;
    begin(module, snapshots, groups, width, only < 0 ? times : 1);
    let cells = 0;
    const lay = () => module.layBySnapshot(only);
    if (groups.length === 1) {
      readEach(module, stored, width, only, () => {
        module.countStrikes(only);
        cells = module.closeCounts();
        lay();
      });
    } else {
      // Where the strikes of a group lie depends on how many the others have, which their first columns say.
      readEach(module, stored, 1, only, () => module.countStrikes(only));
      cells = module.closeCounts();
      readEach(module, stored, width, only, lay);
    }
    const { buffer } = module.memory;
    return {
      width,
      counts: new Int32Array(buffer, module.countsAt(), times).slice(),
      starts: new Int32Array(buffer, module.startsAt(), times).slice(),
      cells: copied(new Float64Array(buffer, module.outputAt(), cells)),
    };
  };
  const readColumns = (
    module: SimdExports,
    bytes: Uint8Array,
    times: number,
    width: number,
  ): Float64Array => {
    const snapshots = noSnapshots(times, width);
    const groups = [{ strikes: 1, bytes }];
    const cells = new Float64Array(times * width);
    begin(module, snapshots, groups, width, 0);
    readEach(module, { snapshots, groups, evaluations: 1 }, width, EVERY_SNAPSHOT, () => {
      for (let column = 0; column < width; column++) {
        const at = module.cellsOf(column);
        cells.set(new Float64Array(module.memory.buffer, at, times), column * times);
      }
    });
    return cells;
  };
  const run = <T>(work: (module: SimdExports) => T): T => {
    simd ??= instantiate() as SimdExports;
    try {
      return work(simd);
    } catch (error) {
      // Such as a place beyond its memory, which may have been written to before.
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      simd = null;
      throw new MalformedBlobError('a group of strikes cannot be read', { cause: error });
    } finally {
      if (simd !== null && simd.memory.buffer.byteLength > MOST_KEPT_BYTES) simd = null;
    }
  };

  return {
    release({ cells }) {
      if (free.length < MOST_FREE && cells.length <= MOST_FREE_CELLS) free.push(cells);
    },
    read: (stored, width, only = EVERY_SNAPSHOT) => run((module) => read(module, stored, width, only)),
    columns: (bytes, times, width) => run((module) => readColumns(module, bytes, times, width)),
  };
}

/** What the module takes of each snapshot, one array after another; each begins again behind its end. */
function packedMarkets({ times, markets, coinPrices }: SegmentSnapshots): Float64Array {
  const each = pricedMarkets(markets);
  const stride = times + 2;
  const packed = new Float64Array(6 * stride);
  for (let i = 0; i < stride; i++) {
    const market = each[i % times];
    packed[i] = market?.forward ?? Number.NaN;
    packed[stride + i] = market?.yearFraction ?? 0;
    packed[2 * stride + i] = market?.rate ?? 0;
    packed[3 * stride + i] = market?.root ?? 0;
    packed[4 * stride + i] = market?.discount ?? 0;
    packed[5 * stride + i] = coinPrices[i % times];
  }
  return packed;
}

/** One of the two, with working memory of its own. */
export const createGroupReader = (): GroupReader => createSimdGroupReader() ?? createPlainGroupReader();
