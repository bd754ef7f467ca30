import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { ImportLimits } from './import-settings.ts';
import { createUploadedFiles } from './uploaded-files.ts';

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
export interface UploadsOptions {
  readonly folder: string;
  readonly limits: UploadLimits;
  /** Names of recordings that are being imported, or are about to be. */
  readonly inUse: () => Promise<readonly string[]>;
  readonly logger: Logger;
}

type UploadLimits = Pick<
  ImportLimits,
  'uploadMaxBytes' | 'uploadsMaxBytes' | 'uploadsMaxFiles' | 'uploadsKeptMs' | 'uploadStaleMs'
>;

export interface Uploads {
  /** Rejects with `invalid_request`, `payload_too_large` or `data_folder_unusable`; what was received before stays. */
  take(part: UploadPart): Promise<Received>;
  /** Removes what is kept no longer, complete or not. */
  tidy(): Promise<void>;
}

export function createUploads({ folder, limits, inUse, logger }: UploadsOptions): Uploads {
  const uploaded = createUploadedFiles({ folder, limits, inUse, logger });
  const partOf = (file: string) =>
    `${PREFIX}${createHash('sha256').update(file).digest('hex').slice(0, 16)}.part`;

  /** How many uploads but `own` are under way, and how many bytes of them are here; stale ones are removed. */
  const partsBeside = async (own: string): Promise<{ readonly count: number; readonly bytes: number }> => {
    const names = (await readdir(folder)).filter((name) => name.startsWith(PREFIX) && name !== own);
    let [count, bytes] = [0, 0];
    for (const name of names) {
      const found = await stat(join(folder, name)).catch(() => null);
      if (found === null) continue;
      if (Date.now() - found.mtimeMs >= limits.uploadStaleMs) await rm(join(folder, name), { force: true });
      else {
        count += 1;
        bytes += found.size;
      }
    }
    return { count, bytes };
  };

  /** Rejects where as many other uploads are under way, or all are as many or have as many bytes, as may be. */
  const makeRoom = async (own: string, { file, offset }: UploadPart, bytes: number) => {
    const others = await partsBeside(own);
    if (offset === 0 && others.count >= MOST_UPLOADS)
      throw invalid(`${others.count} uploads are not complete: complete one of them first`);
    const room = {
      bytes: limits.uploadsMaxBytes - others.bytes - offset - bytes,
      files: limits.uploadsMaxFiles - others.count - 1,
    };
    const excess = await uploaded.shrinkTo(room, file);
    if (excess === null) return;
    const most = {
      bytes: `have ${limits.uploadsMaxBytes} bytes (--import-uploads-max-bytes)`,
      files: `be ${limits.uploadsMaxFiles} files (--import-uploads-max-files)`,
    }[excess];
    throw new DeltaStreamError(
      'payload_too_large',
      `${file} does not fit beside the other uploads: together they may ${most}. ` +
        'Those that are complete make room once they are imported and some time old',
    );
  };

  const write = async (path: string, offset: number, bytes: Uint8Array): Promise<number> => {
    const handle = await open(path, offset === 0 ? 'w' : 'r+', 0o600).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') requireNoGap(offset, null);
        throw error;
      },
    );
    try {
      // Another part may have begun it anew since it was looked at.
      requireNoGap(offset, (await handle.stat()).size);
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
    await uploaded.announce(file, part);
    await rename(part, join(folder, file));
    await uploaded.add(file);
  };

  return {
    async tidy() {
      await partsBeside('').catch(() => undefined);
      await uploaded.removeOld();
    },
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
        await mkdir(folder, { recursive: true });
        requireNoGap(offset, await sizeOf(part));
        await makeRoom(name, given, bytes.length);
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

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );

/** Throws where there is no byte before `offset`, of what has so many; null for nothing. */
function requireNoGap(offset: number, size: number | null): void {
  if (offset === 0) return;
  if (size === null) throw invalid('offset: nothing of it is here; send it from offset 0 on');
  if (offset > size) throw invalid(`offset: ${size} bytes are here; send what follows them`);
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
