import { crc32 } from 'node:zlib';

type Cell = number | null | undefined;

/** The checksum of a row of numbers under its texts. A REAL has one zero and no NaN, so they count as one, too. */
export function rowChecksum(texts: string, numbers: readonly Cell[]): number {
  const values = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) values[i] = (numbers[i] ?? Number.NaN) + 0;
  return crc32(new Uint8Array(values.buffer), crc32(texts));
}

/** A row without a checksum was written before there were any. */
export const rowIsDamaged = (stored: number | null, texts: string, numbers: readonly Cell[]): boolean =>
  stored !== null && stored !== rowChecksum(texts, numbers);
