import { patternBytes } from '../column-layout.ts';
import { type ColumnWriter, columnBytes, createPlainColumnWriter } from '../column-writer.ts';
import { SIMD_BASE64 } from './simd-module.ts';

/** What the module made of `assembly` offers; addresses are those of bytes in its memory. */
interface SimdExports {
  readonly memory: WebAssembly.Memory;
  layOut(count: number, width: number): number;
  referencesAt(): number;
  valuesAt(): number;
  patternsAt(): number;
  outputAt(): number;
  writeColumns(from: number, patterns: number): number;
}

const PAGE_BYTES = 65536; // Of WebAssembly.
const WORD_BITS = 64; // Of a pattern, which the module compares word by word.
const NO_COLUMNS = { width: 0, bytes: new Uint8Array(0), patternsAt: [] };

function instantiate(): SimdExports | null {
  try {
    const bytes = Uint8Array.from(atob(SIMD_BASE64), (character) => character.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as SimdExports;
  } catch {
    return null;
  }
}

/**
 * The column writer as WebAssembly SIMD: the bytes of {@link createPlainColumnWriter}, to the bit, for any doubles and in
 * a third of its time. All arithmetic is exact or the IEEE operation of the plain one, so they depend on no processor.
 *
 * Its memory grows to the largest columns so far.
 *
 * @returns null where the engine cannot run it.
 */
export function createSimdColumnWriter(): ColumnWriter | null {
  const simd = instantiate();
  if (simd === null) return null;
  const { memory } = simd;
  let [bytes, words, doubles] = [new Uint8Array(0), new Int32Array(0), new Float64Array(0)];

  function layOut(count: number, width: number): void {
    const end = simd?.layOut(count, width) ?? 0;
    if (end <= bytes.length) return;
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) memory.grow(missing);
    bytes = new Uint8Array(memory.buffer);
    words = new Int32Array(memory.buffer);
    doubles = new Float64Array(memory.buffer);
  }

  return {
    bound: columnBytes,
    write(values, count, references, target, start, first = NO_COLUMNS) {
      const width = references.length;
      layOut(count, width);
      words.set(references, simd.referencesAt() / 4);
      doubles.set(values.subarray(first.width * count, width * count), simd.valuesAt() / 8);
      const stride = Math.ceil(count / WORD_BITS) * 8;
      let pattern = simd.patternsAt();
      for (const at of first.patternsAt) {
        bytes.fill(0, pattern, pattern + stride);
        bytes.set(first.bytes.subarray(at, at + patternBytes(count)), pattern);
        // What follows the bit of the last row means nothing.
        if (count % 8 !== 0) bytes[pattern + (count >> 3)] &= (1 << (count % 8)) - 1;
        pattern += stride;
      }
      const end = simd.writeColumns(first.width, first.patternsAt.length);
      target.set(first.bytes, start);
      const at = start + first.bytes.length;
      const begin = simd.outputAt();
      target.set(bytes.subarray(begin, end), at);
      return at + end - begin;
    },
  };
}

let chosen: ColumnWriter | null = null;

/** The one of this thread, with working memory of its own; it is compiled at the first call. */
export function columnWriter(): ColumnWriter {
  chosen ??= createSimdColumnWriter() ?? createPlainColumnWriter();
  return chosen;
}
