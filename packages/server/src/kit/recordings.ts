import type { RecordingOptions } from '@deltastream/recordings';
import type { Source, SourceItem } from '@deltastream/recordings/source';
import { DeltaStreamError } from './errors.ts';

/** The readers, loaded by the first recording: they know a dozen formats. */
const readers = () => import('@deltastream/recordings');

/**
 * Opens a recording for the platform: as `openRecording` of `@deltastream/recordings`, with every failure of opening
 * and of reading as a `DeltaStreamError` of the same code.
 */
export async function openRecording(path: string, options: RecordingOptions = {}): Promise<Source> {
  const source = await inCatalogue(async () => (await readers()).openRecording(path, options));
  return { ...source, [Symbol.asyncIterator]: () => itemsOf(source) };
}

/** Rejects with `unreadable_source` for what is no regular file that can be opened, such as a pipe. */
export async function requireRegularFile(path: string): Promise<void> {
  await inCatalogue(async () => {
    const { createRecordingAccess, openRegularFile } = await readers();
    await (await openRegularFile(path, createRecordingAccess({}))).close();
  });
}

async function* itemsOf(source: Source): AsyncGenerator<SourceItem> {
  const items = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inCatalogue(() => items.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await items.return?.();
  }
}

async function inCatalogue<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const { RecordingError } = await readers();
    if (!(cause instanceof RecordingError)) throw cause;
    const { code, message, permanent } = cause;
    throw new DeltaStreamError(code, message, { cause, permanent });
  }
}
