import { extract } from 'tar-stream';
import { DeltaStreamError } from '../../../kit/errors.ts';

/** A file inside a tar archive; its body must be read before the next member is asked for. */
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

  async function* bodyOf(path: string, entry: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* entry;
    } catch (cause) {
      throw cut ?? new DeltaStreamError('unreadable_source', `the archive ends inside ${path}`, { cause });
    }
  }

  try {
    for await (const entry of archive) {
      const { name, size, type } = entry.header;
      if (type === 'file') {
        yield { path: name, size: size ?? 0, body: bodyOf(name, entry as AsyncIterable<Uint8Array>) };
      }
      entry.resume();
    }
  } catch (error) {
    throw cut ?? error;
  } finally {
    archive.destroy();
    await fed;
  }
  if (cut) throw cut;
}
