import type { Frame } from './frame.ts';

/** Frames in a row; `bytes` are made when a member needs exactly these. */
interface Row {
  bytes: Buffer | null;
  readonly next: Map<Frame, Row>;
}

export interface JoinedFrames {
  /**
   * One buffer of the frames, made once for all members to whom exactly these are due. Null when there are
   * too many combinations, or too many bytes, for a copy to pay: then a gathered write is cheaper.
   */
  join(frames: readonly Frame[]): Buffer | null;
  /** Forgets all combinations, when none of the frames is sent any more. */
  clear(): void;
}

const MAX_COMBINATIONS = 1_000;
const MAX_JOINED_BYTES = 64 * 1024;

export function createJoinedFrames(): JoinedFrames {
  const root = new Map<Frame, Row>();
  let combinations = 0;

  function rowOf(frames: readonly Frame[]): Row | null {
    let next = root;
    let row: Row | null = null;
    for (const frame of frames) {
      row = next.get(frame) ?? null;
      if (!row) {
        if (combinations === MAX_COMBINATIONS) return null;
        combinations += 1;
        row = { bytes: null, next: new Map() };
        next.set(frame, row);
      }
      next = row.next;
    }
    return row;
  }

  return {
    join(frames) {
      if (frames.length === 1) return frames[0].bytes;
      const row = rowOf(frames);
      if (!row) return null;
      if (row.bytes) return row.bytes;
      let length = 0;
      for (const { bytes } of frames) length += bytes.length;
      if (length > MAX_JOINED_BYTES) return null;
      row.bytes = Buffer.allocUnsafe(length);
      let at = 0;
      for (const { bytes } of frames) at += bytes.copy(row.bytes, at);
      return row.bytes;
    },
    clear() {
      root.clear();
      combinations = 0;
    },
  };
}
