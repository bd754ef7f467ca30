import { crc32 } from 'node:zlib';
import { MalformedBlobError } from '../../malformed-blob.ts';
import { GREEK_SIDES, pricedMarkets } from '../greek-model.ts';
import { NOT_AS_WRITTEN, NOT_KNOWN, NOT_THERE } from '../segment-column.ts';
import {
  createPlainGroupReader,
  type GroupReader,
  type SegmentSnapshots,
  type StoredGroup,
  startsOf,
} from '../strike-group.ts';
import { SIMD_BASE64 } from './segment-module.ts';

/** What the module made of `assembly` offers; addresses are those of bytes in its memory. */
interface SimdExports {
  readonly memory: WebAssembly.Memory;
  layOut(strikes: number, times: number, columns: number, bytes: number): number;
  sidesAt(): number;
  marketsAt(): number;
  sourceAt(): number;
  countsAt(): number;
  outputAt(): number;
  read(evaluations: number, only: number): number;
  checkedAt(column: number): number;
  checksumOf(column: number): number;
  layBySnapshot(): number;
}

const EVERY_SNAPSHOT = -1;
const PAGE_BYTES = 65536; // Of WebAssembly.
/** Memory never shrinks: what a larger group took, as of hundreds of strikes in one, is given back with its module. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;
/** Arrays of cells that wait to be used again, some megabytes: taking and freeing them costs as much as filling them. */
const MOST_FREE = 16;
const MOST_FREE_CELLS = 65_536; // Of one; a group of 16 strikes and 60 snapshots has 35,520.
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

  const read = (
    module: SimdExports,
    { snapshots, strikes, bytes, evaluations }: StoredGroup,
    width: number,
    only: number,
  ) => {
    const { memory } = module;
    const { times } = snapshots;
    const end = module.layOut(strikes, times, width, bytes.length);
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) memory.grow(missing);
    new Uint8Array(memory.buffer).set(bytes, module.sourceAt());
    new Float64Array(memory.buffer).set(marketsOf(snapshots), module.marketsAt() / 8);
    const failure = module.read(evaluations, only);
    if (failure !== 0) throw new MalformedBlobError(FAILURES[failure]);
    for (let column = 0; column < width; column++) {
      const at = module.checkedAt(column);
      if (at === 0) continue;
      const integers = new Uint8Array(memory.buffer, at, 4 * strikes * times);
      if (crc32(integers) !== module.checksumOf(column) >>> 0) throw new MalformedBlobError(NOT_AS_WRITTEN);
    }
    const cells = module.layBySnapshot();
    const counts = new Int32Array(memory.buffer, module.countsAt(), times).slice();
    return {
      width,
      counts,
      starts: startsOf(counts),
      cells: copied(new Float64Array(memory.buffer, module.outputAt(), cells)),
    };
  };

  return {
    release({ cells }) {
      if (free.length < MOST_FREE && cells.length <= MOST_FREE_CELLS) free.push(cells);
    },
    read(group, width, only = EVERY_SNAPSHOT) {
      simd ??= instantiate() as SimdExports;
      try {
        return read(simd, group, width, only);
      } catch (error) {
        // Such as a place beyond its memory, which may have been written to before.
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        simd = null;
        throw new MalformedBlobError('a group of strikes cannot be read', { cause: error });
      } finally {
        if (simd !== null && simd.memory.buffer.byteLength > MOST_KEPT_BYTES) simd = null;
      }
    },
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
