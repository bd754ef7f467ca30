import { createHash } from 'node:crypto';
import type { Source, SourceItem } from '../source.ts';
import { createStamp } from '../stamp.ts';
import { createEdgeQuality } from './edge-quality.ts';
import { openRecordingBytes } from './recording-bytes.ts';
import { openReadings } from './recording-formats.ts';

export interface RecordingOptions {
  /** Product of a recording whose content does not name it; by default the start of the file's name says it. */
  readonly product?: string;
  /** Instant of a recording that does not say when it is from, epoch ms; others keep their own. */
  readonly recordedAt?: number;
}

const LONGEST_EPOCH = 64;
const LONGEST_FILE_NAME = 150;

/**
 * A recording as a source. Compression is recognised by magic bytes and the format by its content.
 * The epoch is the file's name: a second replay of the same file repeats the same messages.
 *
 * Rejects with `unreadable_source` naming the file when it cannot be opened or has no supported format.
 */
export async function openRecording(path: string, options: RecordingOptions = {}): Promise<Source> {
  const bytes = await openRecordingBytes(path);
  const readings = await openReadings(bytes, options);
  const epoch = epochOf(bytes.file);
  const caveat = readings.caveat === null ? '' : ` (${readings.caveat})`;
  const name = `replay:${bytes.file.slice(0, LONGEST_FILE_NAME)}${caveat}`;
  const stamp = createStamp(epoch, name);
  const quality = createEdgeQuality();
  let closed = false;

  async function* items(): AsyncGenerator<SourceItem> {
    for await (const reading of readings.read()) {
      if (closed) return;
      if (reading.kind === 'chain') {
        yield { kind: 'chain', chain: stamp.chain({ ...reading.chain, quality: quality(reading) }) };
      } else if (reading.kind === 'tick') {
        yield { kind: 'tick', tick: stamp.tick(reading.tick) };
      } else {
        yield reading;
      }
    }
  }

  return {
    name,
    epoch,
    [Symbol.asyncIterator]: items,
    progress: readings.progress,
    close: async () => {
      closed = true;
      await readings.close();
    },
  };
}

/** The file's name, shortened with a hash of the whole where it is too long. */
function epochOf(file: string): string {
  if (file.length <= LONGEST_EPOCH) return file;
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 16);
  return `${file.slice(0, LONGEST_EPOCH - hash.length - 1)}~${hash}`;
}
