import { shown } from '../tables/cells.ts';
import type { RecordingAccess } from './recording-access.ts';
import type { RecordingBytes } from './recording-bytes.ts';
import { beyondLimit, tooLarge } from './recording-limits.ts';
import { isTar, tarMembers } from './tar-members.ts';
import { isZip, zipMembers } from './zip-members.ts';

export interface MemberRefusal {
  readonly rejection: 'too_large' | 'unreadable_member';
  readonly reason: string;
}

/**
 * A file inside an archive; its body must be read before the next member is asked for. An archive or a compressed
 * file inside is a member like any other: it is not unpacked.
 */
export interface ArchiveMember {
  /** Shortened where it is longer than a name may be. */
  readonly path: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** True where a body that cannot be read leaves the members after it readable. */
  readonly independent: boolean;
  /** Why it is not to be read; null when it may be. */
  readonly refusal: MemberRefusal | null;
}

/** How to go through an archive from its beginning, by its first bytes; null when it is none. */
export function archiveOf(
  bytes: RecordingBytes,
  head: Uint8Array,
): (() => AsyncGenerator<ArchiveMember>) | null {
  const members = isTar(head) ? () => fromTar(bytes) : isZip(head) ? () => fromZip(bytes) : null;
  return members && (() => bounded(members(), bytes));
}

/** Throws `recording_too_large` when there are more members than there may be. */
async function* bounded(
  members: AsyncIterable<ArchiveMember>,
  { file, access: { limits } }: RecordingBytes,
): AsyncGenerator<ArchiveMember> {
  let count = 0;
  for await (const member of members) {
    if (++count > limits.maxMembers)
      throw tooLarge(`${file}: ${beyondLimit(limits, 'maxMembers', `member ${count}`)}`);
    const { path, refusal } = named(member.path, limits);
    yield { ...member, path, refusal: refusal ?? member.refusal };
  }
}

function named(path: string, limits: RecordingAccess['limits']): Pick<ArchiveMember, 'path' | 'refusal'> {
  if (path.length <= limits.maxNameLength) return { path, refusal: null };
  const reason = beyondLimit(limits, 'maxNameLength', `a name of ${path.length} characters`);
  return { path: shown(path), refusal: { rejection: 'too_large', reason } };
}

async function* fromTar(bytes: RecordingBytes): AsyncGenerator<ArchiveMember> {
  for await (const { path, size, body, refusal: reason } of tarMembers(bytes.chunks(), bytes.file)) {
    const refusal = reason === null ? null : ({ rejection: 'unreadable_member', reason } as const);
    yield { path, size, body, independent: false, refusal };
  }
}

async function* fromZip({ path, access }: RecordingBytes): AsyncGenerator<ArchiveMember> {
  for await (const member of zipMembers(path, access)) {
    yield { path: member.path, size: member.size, body: member.body(), independent: true, refusal: null };
  }
}
