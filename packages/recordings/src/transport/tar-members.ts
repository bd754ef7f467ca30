import { extract } from 'tar-stream';
import { RecordingError } from '../recording-error.ts';

/** A file inside a tar archive; what is left of its body is passed over when the next member is asked for. */
export interface TarMember {
  readonly path: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** True when the first 512 bytes of a file are a tar header. */
export function isTar(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(257, 262)) === 'ustar';
}

/**
 * The files of a tar archive, in its order. When the bytes break off, every member that is complete until
 * then comes first; then it throws what the bytes threw.
 */
export async function* tarMembers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
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
      throw cut ?? new RecordingError('unreadable_source', `the archive ends inside ${path}`, { cause });
    }
  }

  try {
    for await (const entry of archive) {
      const { name, size, type } = entry.header;
      if (type !== 'file') {
        entry.resume();
        continue;
      }
      const content = (entry as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      yield { path: name, size: size ?? 0, body: bodyOf(name, content) };
      while (!(await content.next()).done);
    }
  } catch (error) {
    throw cut ?? error;
  } finally {
    archive.destroy();
    await fed;
  }
  if (cut) throw cut;
}
