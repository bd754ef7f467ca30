import type { RecordingOptions, RecordingSetting } from '@deltastream/recordings';
import type { Source, SourceItem } from '@deltastream/recordings/source';
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
): Promise<Source> {
  const source = await inCatalogue(async () =>
    (await readers()).openRecording(path, { ...options, settingName }),
  );
  return { ...source, [Symbol.asyncIterator]: () => itemsOf(source) };
}

/** Rejects with `unreadable_source` for what is not a regular file that can be opened, such as a pipe. */
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
