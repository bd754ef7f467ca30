import { type ColumnReader, createPlainColumnReader } from '../column-reader.ts';
import { SIMD_BASE64 } from './reader-module.ts';

/** What the module made of `assembly/read-columns.as` offers; addresses are those of bytes in its memory. */
interface SimdExports {
  readonly memory: WebAssembly.Memory;
  layOut(count: number, width: number, bytes: number): number;
  sourceAt(): number;
  cellsAt(): number;
  readColumns(): number;
}

const PAGE_BYTES = 65536; // Of WebAssembly.
/** Memory never shrinks, so columns of more cells, as of a chain of 7,000 strikes, are read by the plain reader. */
const MOST_CELLS = 2 ** 18;

function instantiate(): SimdExports | null {
  try {
    const bytes = Uint8Array.from(atob(SIMD_BASE64), (character) => character.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as SimdExports;
  } catch {
    return null;
  }
}

/**
 * The column reader as WebAssembly SIMD: the bits of {@link createPlainColumnReader}, which reads what is malformed and says
 * so. All arithmetic is exact or the IEEE operation of the plain one, so they depend on no processor.
 *
 * @param plain reads what is malformed or large
 * @returns null where the engine cannot run it.
 */
export function createSimdColumnReader(plain: ColumnReader = createPlainColumnReader()): ColumnReader | null {
  const simd = instantiate();
  if (simd === null) return null;
  const { memory } = simd;
  let [bytes, doubles] = [new Uint8Array(memory.buffer), new Float64Array(memory.buffer)];

  return {
    read(source, start, count, width, values) {
      const cells = count * width;
      const length = source.length - start;
      // Columns take at most this; what lies behind them is something else.
      const readable =
        cells > 0 && cells <= MOST_CELLS && length <= MOST_CELLS * Float64Array.BYTES_PER_ELEMENT;
      if (!readable) return plain.read(source, start, count, width, values);
      const end = simd.layOut(count, width, length);
      if (end > bytes.length) {
        memory.grow(Math.ceil((end - bytes.length) / PAGE_BYTES));
        bytes = new Uint8Array(memory.buffer);
        doubles = new Float64Array(memory.buffer);
      }
      bytes.set(source.subarray(start), simd.sourceAt());
      const used = simd.readColumns();
      if (used < 0) return plain.read(source, start, count, width, values);
      const at = simd.cellsAt() / Float64Array.BYTES_PER_ELEMENT;
      values.set(doubles.subarray(at, at + cells));
      return start + used;
    },
  };
}

let chosen: ColumnReader | null = null;

/** The one of this thread, with working memory of its own; it is compiled at the first call. */
export function columnReader(): ColumnReader {
  chosen ??= createSimdColumnReader() ?? createPlainColumnReader();
  return chosen;
}
