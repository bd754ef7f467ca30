import {
  MARKET_CHAINS,
  MARKET_TICKS,
  MalformedFrameError,
  type RawChain,
  type UnderlyingTick,
} from '@deltastream/contracts';
import { type Reading, rejected } from '../../chains/reading.ts';
import type { StreamFormat } from '../../pages/stream-format.ts';
import { reasonOf } from '../../recording-error.ts';
import type { Where } from '../../source.ts';
import { BadCell } from '../../tables/cells.ts';
import { isStopped } from '../../transport/recording-access.ts';
import { type Bounds, beyondLimit, isTooLarge } from '../../transport/recording-limits.ts';
import { EXPORTED_UNITS } from './quoted-columns.ts';

/** What the frames of an export begin with; then each has a byte that says what it is and its length, little-endian. */
export const FRAMES_BEGIN = 'deltastream frames 1\n';
const PREFIX_BYTES = 5; // One says what it is, four how long.
const CHAIN = 1;
const TICK = 2;

/** A chain or tick as bytes that `exportedFrames` reads; its number and epoch are not kept. */
export function frameOf(item: RawChain | UnderlyingTick): Uint8Array {
  const isChain = 'columns' in item;
  const frame = isChain ? MARKET_CHAINS.frames.encode(item) : MARKET_TICKS.frames.encode(item);
  const bytes = new Uint8Array(PREFIX_BYTES + frame.length);
  bytes[0] = isChain ? CHAIN : TICK;
  new DataView(bytes.buffer).setUint32(1, frame.length, true);
  bytes.set(frame, PREFIX_BYTES);
  return bytes;
}

/** What the decoder makes of an exported Parquet file, in time order: text would take longer to read than all else. */
export const exportedFrames: StreamFormat = {
  name: 'DeltaStream export (Parquet)',
  units: EXPORTED_UNITS,
  matches: (head) => head.startsWith(FRAMES_BEGIN),
  nearly: () => null,
  open: () => ({ timeOf: () => Number.NaN, read: readFrames }),
};

async function* readFrames(
  chunks: AsyncIterable<Uint8Array>,
  where: Where,
  limits: Bounds,
): AsyncGenerator<Reading> {
  let held: Uint8Array = new Uint8Array(0);
  let begin = FRAMES_BEGIN.length;
  try {
    for await (const chunk of chunks) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (held.length < begin) continue;
      let at = begin;
      begin = 0;
      while (held.length - at >= PREFIX_BYTES) {
        const length = new DataView(held.buffer, held.byteOffset + at + 1).getUint32(0, true);
        if (length > limits.maxPageBytes) {
          throw new BadCell('too_large', beyondLimit(limits, 'maxPageBytes', `a frame of ${length} bytes`));
        }
        const end = at + PREFIX_BYTES + length;
        if (held.length < end) break;
        yield readingOf(held[at], held.subarray(at + PREFIX_BYTES, end), where);
        at = end;
      }
      held = held.subarray(at);
    }
  } catch (error) {
    if (isStopped(error)) throw error;
    if (error instanceof BadCell) yield rejected(error, where);
    else yield rejected(new BadCell(isTooLarge(error) ? 'too_large' : 'truncated', reasonOf(error)), where);
  }
}

function readingOf(kind: number, frame: Uint8Array, where: Where): Reading {
  try {
    if (kind === CHAIN) {
      return { kind: 'chain', chain: MARKET_CHAINS.frames.decode(frame), exchange: null, volume: 'session' };
    }
    return { kind: 'tick', tick: MARKET_TICKS.frames.decode(frame) };
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error;
    return rejected(new BadCell('bad_value', error.message), where);
  }
}
