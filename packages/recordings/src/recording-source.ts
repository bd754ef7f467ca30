import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { MAX_STRIKES, PRODUCT_SYMBOL } from '@deltastream/contracts';
import { createEdgeQuality } from './chains/edge-quality.ts';
import type { MessagePlace, Reading } from './chains/reading.ts';
import { recordedSession } from './formats/deltastream/recorded-session.ts';
import { openReadings } from './recording-formats.ts';
import type { RecordingOptions } from './recording-options.ts';
import { createStamp, type Recording, type RejectedItem, type SourceItem } from './source.ts';
import { LARGEST_NUMBER, shown } from './tables/cells.ts';
import { createRecordingAccess, throwIfStopped } from './transport/recording-access.ts';
import { openRecordingBytes } from './transport/recording-bytes.ts';
import { boundsOf } from './transport/recording-limits.ts';
import { limitRejections } from './transport/rejection-limit.ts';
import { limitSilence } from './transport/silence-limit.ts';

const LONGEST_EPOCH = 64; // As the contract of a chain allows.
const LONGEST_FILE_NAME = 150; // Leaves room for the rest of `source`, 200 characters.

/**
 * A recording as a source. Compression is recognised by magic bytes and the format by its content.
 * The epoch is the file's name: a second replay of the same file repeats the same messages.
 *
 * Rejects with `unreadable_source` naming the file when it cannot be opened or has no supported format, with
 * `recording_too_large` when it is beyond a bound before its format is known, and with `stopped` when the signal aborts;
 * then the iteration rejects with it, too, and with `recording_too_large` after `maxRejectedParts`.
 */
export async function openRecording(path: string, options: RecordingOptions = {}): Promise<Recording> {
  const closing = new AbortController();
  const bounds = boundsOf(options.limits, options.settingName);
  const silence = limitSilence(basename(path), bounds);
  const rejections = limitRejections(basename(path), bounds);
  const stopping = AbortSignal.any([
    closing.signal,
    silence.signal,
    ...(options.signal ? [options.signal] : []),
  ]);
  const access = createRecordingAccess({
    ...options,
    signal: AbortSignal.any([stopping, rejections.signal]),
  });
  const opened = async () => {
    const bytes = await openRecordingBytes(path, access);
    const { format, readings } = await openReadings(bytes, options).catch(async (error) => {
      await bytes.close();
      throw error;
    });
    return { bytes, format, readings };
  };
  silence.begin();
  const { bytes, format, readings } = await opened().catch((error) => {
    silence.stop();
    throw silence.causeOf(error);
  });
  silence.end();
  const epoch = epochOf(bytes.file);
  const caveat = readings.caveat === null ? '' : ` (${readings.caveat})`;
  const name = `replay:${bytes.file.slice(0, LONGEST_FILE_NAME)}${caveat}`;
  const stamp = createStamp(epoch, name);
  const quality = createEdgeQuality();

  async function* items(): AsyncGenerator<SourceItem> {
    try {
      const parts = readings.read()[Symbol.asyncIterator]();
      try {
        for (;;) {
          silence.begin();
          const next = await parts.next();
          silence.end();
          if (next.done) return rejections.throwIfBeyond();
          throwIfStopped({ signal: stopping });
          const item = itemOf(next.value);
          if (item.kind !== 'rejected' || rejections.add(item)) yield item;
          await access.breathe();
        }
      } finally {
        silence.stop();
        await parts.return?.(undefined);
      }
    } catch (error) {
      if (!closing.signal.aborted) throw silence.causeOf(error);
    }
  }

  function itemOf(reading: Reading): SourceItem {
    if (reading.kind === 'rejected') return reading;
    const unfit = unfitFor(reading);
    if (unfit !== null) {
      return { kind: 'rejected', rejection: 'bad_value', where: { file: bytes.file }, reason: unfit };
    }
    if (reading.kind === 'tick') {
      const { tick, place } = reading;
      return {
        kind: 'tick',
        tick: place ? { ...tick, ...placeOf(place), source: tick.source ?? name } : stamp.tick(tick),
      };
    }
    const { product, expiry, timestamp, columns } = reading.chain;
    if (columns.count <= MAX_STRIKES) {
      const chain = { ...reading.chain, quality: quality(reading) };
      const { place } = reading;
      return {
        kind: 'chain',
        chain: place ? { ...chain, ...placeOf(place), source: chain.source ?? name } : stamp.chain(chain),
      };
    }
    const reason = `the chain of ${product} ${expiry} at ${new Date(timestamp).toISOString()} has more than ${MAX_STRIKES} strikes`;
    return { kind: 'rejected', rejection: 'too_large', where: { file: bytes.file }, reason };
  }

  return {
    name,
    format: { name: format.name, units: format.units },
    epoch,
    expectedIntervalMs: null,
    ...(format === recordedSession && { asPublished: true }),
    [Symbol.asyncIterator]: items,
    progress: readings.progress,
    close: async () => {
      closing.abort();
      silence.stop();
      await readings.close();
      await bytes.close();
    },
  };
}

const placeOf = ({ epoch, seq }: MessagePlace): MessagePlace => ({ epoch, seq });

/** Why no consumer would take a reading, whatever its format: its product or price are none; null when they would. */
function unfitFor(reading: Exclude<Reading, RejectedItem>): string | null {
  const { product } = reading.kind === 'tick' ? reading.tick : reading.chain;
  const spot = reading.kind === 'tick' ? reading.tick.price : reading.chain.spot;
  if (!PRODUCT_SYMBOL.test(product))
    return `its product is ${shown(product)}, expected a symbol such as NIFTY`;
  if (spot !== null && spot > LARGEST_NUMBER) return `the price of ${product} is ${spot}, which is none`;
  return null;
}

/** The file's name, shortened with a hash of all of it where it is too long. */
function epochOf(file: string): string {
  if (file.length <= LONGEST_EPOCH) return file;
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 16);
  return `${file.slice(0, LONGEST_EPOCH - hash.length - 1)}~${hash}`;
}
