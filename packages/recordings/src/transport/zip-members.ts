import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { crc32, createInflateRaw } from 'node:zlib';
import { RecordingError, reasonOf } from '../recording-error.ts';
import { through, ZLIB_OUTPUT } from './decoders/decompression.ts';
import { openRegularFile, type RecordingAccess, throwIfStopped } from './recording-access.ts';
import { beyondLimit, createUnpackBudget, tooLarge, type UnpackBudget } from './recording-limits.ts';

/** A file inside a zip archive. */
export interface ZipMember {
  readonly path: string;
  /** Bytes of content, as the directory says; more is not read. */
  readonly size: number;
  /**
   * The content, chunk by chunk; may be given up at any time. Throws `unreadable_source` when it is encrypted or, at its
   * end, damaged, and `recording_too_large` before a byte is inflated where it would be beyond a bound.
   */
  body(): AsyncGenerator<Uint8Array>;
  /** The content of a member that is a page at most. Rejects as `body` throws. */
  content(): Promise<Uint8Array>;
}

/** The largest number of members that the format can say without its 64-bit variant, and a longer directory. */
const MAX_MEMBERS = 65_535;
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024; // 256 bytes for each of the most members.

const END_BYTES = 22; // Without its comment.
const LONGEST_COMMENT = 65_535; // Its length has 16 bits.
const LOCAL_BYTES = 30; // Of the header before a member, without name and extra field.
const ENTRY_BYTES = 46; // Of an entry of the directory, without name, extra field and comment.
const SIGNATURE = { local: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 } as const;
const METHOD = { stored: 0, deflated: 8 } as const;
const ENCRYPTED = 1;
const ZIP64_EXTRA = 1;
const ELSEWHERE = 0xffffffff;
const CHUNK_BYTES = 16_384; // Small beside a member, large beside the cost of a read.

/** True when a file begins like a zip archive. */
export function isZip(head: Uint8Array): boolean {
  return (
    head.length >= 4 && new DataView(head.buffer, head.byteOffset).getUint32(0, true) === SIGNATURE.local
  );
}

/**
 * The files of a zip archive, by its central directory and in its order. Nothing is inflated before it is
 * asked for, one member at a time and never beyond the size the directory states, and members may not
 * share bytes of the file. Not read: more than 65,534 members or 4 GB, parts, encryption, methods other than
 * stored and deflated. Rejects with `unreadable_source`, beyond a bound with `recording_too_large`.
 */
export async function* zipMembers(path: string, access: RecordingAccess): AsyncGenerator<ZipMember> {
  const file = basename(path);
  const handle = await openRegularFile(path, access);
  try {
    const { size } = await handle.stat();
    const budget = createUnpackBudget(file, access.limits);
    for (const entry of await readDirectory(handle, size, file, access)) {
      const body = () => bodyOf(handle, entry, file, access, budget);
      yield {
        path: entry.path,
        size: entry.size,
        body,
        content: () => contentOf(body(), entry, file, access),
      };
    }
  } finally {
    await handle.close();
  }
}

interface Entry {
  readonly path: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

async function readDirectory(
  handle: FileHandle,
  fileSize: number,
  file: string,
  { limits }: RecordingAccess,
): Promise<Entry[]> {
  const tail = await readAt(
    handle,
    Math.max(0, fileSize - END_BYTES - LONGEST_COMMENT),
    Math.min(fileSize, END_BYTES + LONGEST_COMMENT),
  );
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== SIGNATURE.end) at--;
  if (at < 0) throw damaged(file, 'its end is missing, so that it is truncated or no zip archive');
  const count = tail.readUInt16LE(at + 10);
  const bytes = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  if (count === MAX_MEMBERS || offset === ELSEWHERE)
    throw damaged(file, 'more than 65,534 members or 4 GB are not supported');
  if (count > limits.maxMembers)
    throw tooLarge(`${file}: ${beyondLimit(limits, 'maxMembers', `${count} members`)}`);
  if (bytes > MAX_DIRECTORY_BYTES || offset + bytes > fileSize)
    throw damaged(file, 'its directory is damaged');

  const directory = await readAt(handle, offset, bytes);
  const entries: Entry[] = [];
  let compressed = 0;
  for (let i = 0, start = 0; i < count; i++) {
    if (start + ENTRY_BYTES > bytes || directory.readUInt32LE(start) !== SIGNATURE.entry) {
      throw damaged(file, `its directory breaks off after ${i} of ${count} members`);
    }
    const nameEnd = start + ENTRY_BYTES + directory.readUInt16LE(start + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(start + 30);
    const [size, packed, offset] = wideNumbers(directory.subarray(nameEnd, extraEnd), [
      directory.readUInt32LE(start + 24),
      directory.readUInt32LE(start + 20),
      directory.readUInt32LE(start + 42),
    ]);
    const entry: Entry = {
      // Some programs of Windows write its own separator, against the format.
      path: directory.toString('utf8', start + ENTRY_BYTES, nameEnd).replaceAll('\\', '/'),
      method: directory.readUInt16LE(start + 10),
      encrypted: (directory.readUInt16LE(start + 8) & ENCRYPTED) !== 0,
      crc: directory.readUInt32LE(start + 16),
      compressed: packed,
      size,
      offset,
    };
    compressed += LOCAL_BYTES + entry.compressed;
    if (compressed > fileSize) throw damaged(file, 'its members overlap');
    if (!entry.path.endsWith('/')) entries.push(entry);
    start = extraEnd + directory.readUInt16LE(start + 32);
  }
  return entries;
}

/**
 * Sizes and offset of a member whose writer put them into the zip64 extra field, as some do for small ones too:
 * 8 bytes for each number that is all ones in its usual place, in that order.
 */
function wideNumbers(extra: Buffer, numbers: number[]): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64_EXTRA) continue;
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    let next = at + 4;
    return numbers.map((number) => {
      if (number !== ELSEWHERE || next + 8 > end) return number;
      next += 8;
      return Number(extra.readBigUInt64LE(next - 8));
    });
  }
  return numbers;
}

async function* bodyOf(
  handle: FileHandle,
  entry: Entry,
  file: string,
  access: RecordingAccess,
  budget: UnpackBudget,
): AsyncGenerator<Uint8Array> {
  const refuse = (reason: string, cause?: unknown) => damaged(file, `member ${entry.path}: ${reason}`, cause);
  if (entry.encrypted) throw refuse('it is encrypted');
  if (entry.method !== METHOD.stored && entry.method !== METHOD.deflated)
    throw refuse(`compression method ${entry.method} is not supported`);
  const beyond = budget.refusal(entry.size, entry.compressed);
  if (beyond !== null) throw tooLarge(`${file}: member ${entry.path}: ${beyond}`);
  const local = await readAt(handle, entry.offset, LOCAL_BYTES);
  if (local.length < LOCAL_BYTES || local.readUInt32LE(0) !== SIGNATURE.local) {
    throw refuse('it does not begin where the directory says');
  }
  const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const raw = stored(handle, start, entry.compressed);
  budget.read(entry.compressed);
  let size = 0;
  let checksum = 0;
  const content = entry.method === METHOD.stored ? raw : through(createInflateRaw(ZLIB_OUTPUT), raw);
  try {
    for await (const chunk of content) {
      throwIfStopped(access);
      size += chunk.length;
      if (size > entry.size) break;
      checksum = crc32(chunk, checksum);
      budget.take(chunk.length);
      yield chunk;
      await access.breathe();
    }
  } catch (cause) {
    throw cause instanceof RecordingError ? cause : refuse(reasonOf(cause), cause);
  }
  if (size !== entry.size || checksum !== entry.crc) throw refuse('its content is damaged');
}

async function contentOf(
  body: AsyncIterable<Uint8Array>,
  { path, size }: Entry,
  file: string,
  { limits }: RecordingAccess,
): Promise<Uint8Array> {
  if (size > limits.maxPageBytes)
    throw tooLarge(`${file}: member ${path}: ${beyondLimit(limits, 'maxPageBytes', `${size} bytes`)}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes of the file as they lie there. */
async function* stored(handle: FileHandle, offset: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; ) {
    const bytes = await readAt(handle, offset + done, Math.min(CHUNK_BYTES, length - done));
    if (bytes.length === 0) return;
    done += bytes.length;
    yield bytes;
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function damaged(file: string, reason: string, cause?: unknown): RecordingError {
  return new RecordingError('unreadable_source', `${file}: ${reason}`, { cause });
}
