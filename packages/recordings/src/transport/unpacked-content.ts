import { archiveOf } from './archive.ts';
import { createRecordingAccess } from './recording-access.ts';
import { headOf, openRecordingBytes } from './recording-bytes.ts';
import type { RecordingLimits } from './recording-limits.ts';

/** As much as shows whether content is an archive. */
const ARCHIVE_HEAD_BYTES = 512;

/**
 * What a file holds without its compression and archive, members one after the other: the same of a CSV and of its zip.
 * Rejects as reading a recording does, also for a member that cannot be unpacked.
 */
export async function* unpackedContent(
  path: string,
  limits: Partial<RecordingLimits> = {},
): AsyncGenerator<Uint8Array> {
  const bytes = await openRecordingBytes(path, createRecordingAccess({ limits }));
  try {
    const members = archiveOf(bytes, await headOf(bytes.chunks(), ARCHIVE_HEAD_BYTES))?.();
    if (members) for await (const { body } of members) yield* body;
    else yield* bytes.chunks();
  } finally {
    await bytes.close();
  }
}
