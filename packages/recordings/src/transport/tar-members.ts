import { extract } from 'tar-stream';
import { RecordingError, reasonOf } from '../recording-error.ts';

/** A file inside a tar archive; what is left of its body is passed over when the next member is asked for. */
export interface TarMember {
  readonly path: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Why it has no content to read: what it is instead of a regular file; null for a regular file. */
  readonly refusal: string | null;
}

const SPARSE = 'it is a sparse file, or of an unknown kind; pack it without --sparse';
const REGULAR: ReadonlySet<string | null | undefined> = new Set(['file', 'contiguous-file']);

/** True when the first 512 bytes of a file are a tar header. */
export function isTar(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(257, 262)) === 'ustar';
}

/**
 * The members of a tar archive but its folders, in its order. When the bytes break off, every member that is complete until
 * then comes first; then it throws what the bytes threw, or `unreadable_source` with `file` and the member after which
 * the archive itself is damaged.
 */
export async function* tarMembers(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<TarMember> {
  const archive = extract();
  let cut: unknown = null;
  let wake = () => {};
  archive.on('drain', () => wake());
  archive.on('close', () => wake());
  const room = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (archive.destroyed) resolve();
    });

  const fed = (async () => {
    try {
      for await (const chunk of chunks) {
        if (archive.destroyed) return;
        if (!archive.write(chunk)) await room();
      }
    } catch (error) {
      cut = error;
    }
    // Ended rather than destroyed, so that what was read before the cut still comes out.
    archive.end(null);
  })();

  /**
   * Its early end leaves the entry as it is: to end the entry's own iteration would destroy the archive with it,
   * and the next entry of a destroyed archive never comes.
   */
  async function* bodyOf(path: string, content: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for (let next = await content.next(); !next.done; next = await content.next()) yield next.value;
    } catch (cause) {
      throw (
        cut ?? new RecordingError('unreadable_source', `${file}: the archive ends inside ${path}`, { cause })
      );
    }
  }

  let last = '';
  try {
    for await (const entry of archive) {
      const { name, size, type, pax } = entry.header;
      last = name;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      const isSparse = Object.hasOwn(pax ?? {}, 'GNU.sparse.major');
      const refusal = isSparse ? SPARSE : REGULAR.has(type) ? null : refusalOf(type);
      const content = (entry as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      yield { path: name, size: size ?? 0, body: bodyOf(name, content), refusal };
      while (!(await content.next()).done);
    }
  } catch (error) {
    if (cut || error instanceof RecordingError) throw cut ?? error;
    const place = last === '' ? 'at its beginning' : `after ${last}`;
    const reason = `${file}: the archive is damaged ${place} (${reasonOf(error)})`;
    throw new RecordingError('unreadable_source', reason, { cause: error });
  } finally {
    archive.destroy();
    await fed;
  }
  if (cut) throw cut;
}

/** tar-stream knows links, devices and pipes by name; of what it does not know, sparse files are what there is. */
function refusalOf(type: string | null | undefined): string {
  return type ? `it is a ${type.replace('-', ' ')}, not a regular file` : SPARSE;
}
