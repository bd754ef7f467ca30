/** The most that the route of uploads takes in one part. */
const PART_BYTES = 1_048_576;
/** As many arguments as every browser lets a function have. */
const MOST_ARGUMENTS = 8_192;

/** One part of a recording that is brought; bytes [offset, end). */
export interface RecordingPart {
  readonly offset: number;
  readonly end: number;
  /** It is the last one. */
  readonly complete: boolean;
}

/** The parts of a recording of so many bytes; an empty one has one, which the server refuses with the reason. */
export function partsOf(bytes: number): readonly RecordingPart[] {
  const count = Math.max(1, Math.ceil(bytes / PART_BYTES));
  return Array.from({ length: count }, (_, i) => ({
    offset: i * PART_BYTES,
    end: Math.min(bytes, (i + 1) * PART_BYTES),
    complete: i === count - 1,
  }));
}

export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += MOST_ARGUMENTS)
    text += String.fromCharCode(...bytes.subarray(at, at + MOST_ARGUMENTS));
  return btoa(text);
}
