import type { RecordingOptions, RecordingSetting } from '@deltastream/recordings';
import type { Recording, Source, SourceItem } from '@deltastream/recordings/source';
import { DeltaStreamError } from '../errors.ts';

/** The readers, loaded by the first recording: they know a dozen formats. */
const readers = () => import('@deltastream/recordings');

const SAID_BY = {
  product: '--recorded-product',
  expiry: '--recorded-expiry',
  recordedAt: '--recorded-at',
} as const;

/** `--recording-max-ratio` of `maxRatio`. */
function settingName(setting: RecordingSetting): string {
  if (setting in SAID_BY) return SAID_BY[setting as keyof typeof SAID_BY];
  return `--recording-${setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Opens a recording for the platform: as `openRecording` of `@deltastream/recordings`, with every failure of opening
 * and of reading as a `DeltaStreamError` of the same code, and with the platform's settings named in messages.
 */
export async function openRecording(
  path: string,
  options: Omit<RecordingOptions, 'settingName'> = {},
): Promise<Recording> {
  const { openRecording: open } = await readers();
  const source = await open(path, { ...options, settingName }).catch(async (error) => {
    throw await inCatalogue(error);
  });
  return { ...source, [Symbol.asyncIterator]: () => itemsOf(source) };
}

/** What a file holds without its compression and archive. Rejects as reading a recording does. */
export async function* unpackedContent(path: string): AsyncGenerator<Uint8Array> {
  const { unpackedContent: content } = await readers();
  yield* content(path);
}

/** Rejects with `unreadable_source` for what is not a regular file that can be opened, such as a pipe. */
export async function requireRegularFile(path: string): Promise<void> {
  const { createRecordingAccess, openRegularFile } = await readers();
  const handle = await openRegularFile(path, createRecordingAccess({})).catch(async (error) => {
    throw await inCatalogue(error);
  });
  await handle.close();
}

async function* itemsOf(source: Source): AsyncGenerator<SourceItem> {
  try {
    for await (const item of source) yield item;
  } catch (error) {
    throw await inCatalogue(error);
  }
}

async function inCatalogue(cause: unknown): Promise<unknown> {
  const { RecordingError } = await readers();
  if (!(cause instanceof RecordingError)) return cause;
  const { code, message, permanent } = cause;
  return new DeltaStreamError(code, message, { cause, permanent });
}
