import type { RecordingBytes } from './recording-bytes.ts';
import { isTar, tarMembers } from './tar-members.ts';
import { isZip, zipMembers } from './zip-members.ts';

/** A file inside an archive; its body must be read before the next member is asked for. */
export interface ArchiveMember {
  readonly path: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** True where a body that cannot be read leaves the members after it readable. */
  readonly independent: boolean;
}

/** How to go through an archive from its beginning, by its first bytes; null when it is none. */
export function archiveOf(
  bytes: RecordingBytes,
  head: Uint8Array,
): (() => AsyncGenerator<ArchiveMember>) | null {
  if (isTar(head)) return () => fromTar(bytes);
  return isZip(head) ? () => fromZip(bytes.path) : null;
}

async function* fromTar(bytes: RecordingBytes): AsyncGenerator<ArchiveMember> {
  for await (const member of tarMembers(bytes.chunks())) yield { ...member, independent: false };
}

async function* fromZip(file: string): AsyncGenerator<ArchiveMember> {
  for await (const { path, size, content } of zipMembers(file)) {
    yield { path, size, body: once(content), independent: true };
  }
}

async function* once(content: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await content();
}
