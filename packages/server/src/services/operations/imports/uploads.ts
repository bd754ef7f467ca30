import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { ImportLimits } from './import-settings.ts';

export interface UploadPart {
  readonly file: string;
  readonly offset: number;
  /** Base64. */
  readonly content: string;
  readonly complete?: boolean;
  readonly sha256?: string;
}

export interface Received {
  readonly file: string;
  readonly received: number;
  readonly complete: boolean;
}

const PREFIX = '.upload-';
const MOST_UPLOADS = 16; // Some people and programs; each may hold as much disk as a recording.

/**
 * Recordings that come part by part into a folder, where they appear when they are complete. A part that is sent again replaces
 * what came from its offset on, so that an interrupted upload goes on.
 */
export function createUploads(
  folder: string,
  limits: Pick<ImportLimits, 'uploadMaxBytes' | 'uploadStaleMs'>,
): { take(part: UploadPart): Promise<Received> } {
  const partOf = (file: string) =>
    `${PREFIX}${createHash('sha256').update(file).digest('hex').slice(0, 16)}.part`;

  /** Rejects with `invalid_request` where as many other uploads are under way as may be. */
  const makeRoom = async (own: string) => {
    await mkdir(folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => name.startsWith(PREFIX) && name !== own);
    let underWay = 0;
    for (const name of names) {
      const found = await stat(join(folder, name)).catch(() => null);
      if (found === null) continue;
      if (Date.now() - found.mtimeMs < limits.uploadStaleMs) underWay += 1;
      else await rm(join(folder, name), { force: true });
    }
    if (underWay >= MOST_UPLOADS)
      throw invalid(`${underWay} uploads are not complete: complete one of them first`);
  };

  const write = async (path: string, offset: number, bytes: Uint8Array): Promise<number> => {
    const handle = await open(path, offset === 0 ? 'w' : 'r+', 0o600).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw invalid('offset: nothing of it is here; send it from offset 0 on');
        throw error;
      },
    );
    try {
      const { size } = await handle.stat();
      if (offset > size) throw invalid(`offset: ${size} bytes are here; send what follows them`);
      await handle.write(bytes, 0, bytes.length, offset);
      await handle.truncate(offset + bytes.length);
      return offset + bytes.length;
    } finally {
      await handle.close();
    }
  };

  const complete = async (part: string, { file, sha256 }: UploadPart) => {
    if (sha256 !== undefined) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(part), hash);
      const found = hash.digest('hex');
      if (found !== sha256) {
        await rm(part, { force: true });
        throw invalid(`sha256: what arrived has ${found}; send it again from offset 0 on`);
      }
    }
    const handle = await open(part, 'r+');
    await handle.datasync().finally(() => handle.close());
    await rename(part, join(folder, file));
  };

  return {
    async take(given) {
      const { file, offset, content, complete: isLast = false } = given;
      const bytes = Buffer.from(content, 'base64');
      if (offset + bytes.length > limits.uploadMaxBytes) {
        throw new DeltaStreamError(
          'payload_too_large',
          `${file} has more than ${limits.uploadMaxBytes} bytes (--import-upload-max-bytes)`,
        );
      }
      const name = partOf(file);
      const part = join(folder, name);
      try {
        if (offset === 0) await makeRoom(name);
        const received = await write(part, offset, bytes);
        if (isLast) await complete(part, given);
        return { file, received, complete: isLast };
      } catch (cause) {
        if (cause instanceof DeltaStreamError) throw cause;
        throw new DeltaStreamError('data_folder_unusable', `${file} cannot be written: ${reasonOf(cause)}`, {
          cause,
        });
      }
    },
  };
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
