import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

/** What was planted, by its name. */
export type Canaries = Readonly<Record<string, string>>;

export interface Finding {
  readonly canary: string;
  readonly place: string;
}

/** Every form in which a secret may stand in a text. */
const formsOf = (secret: string): Buffer[] =>
  [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ]),
  ].map((form) => Buffer.from(form));

/** Where the secrets stand in these bytes, in whichever form. */
export function scanBytes(place: string, bytes: Buffer, canaries: Canaries): Finding[] {
  return Object.entries(canaries).flatMap(([canary, secret]) =>
    formsOf(secret).some((form) => bytes.includes(form)) ? [{ canary, place }] : [],
  );
}

/** The same of every file of a folder, as it stands and, of zstd, as it was before. Another process may write there. */
export function scanFolder(folder: string, canaries: Canaries): Finding[] {
  return (readdirSync(folder, { recursive: true }) as string[]).flatMap((name) => {
    const file = join(folder, name);
    // It may have been renamed or removed since.
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return [];
    const bytes = contentOf(file);
    const texts = name.endsWith('.zst') ? [bytes, decompressed(bytes)] : [bytes];
    return texts.flatMap((text) => scanBytes(file, text, canaries));
  });
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Nothing where a suite has damaged it, or a kill has cut its end. */
function decompressed(bytes: Buffer): Buffer {
  try {
    return zstdDecompressSync(bytes);
  } catch {
    return Buffer.alloc(0);
  }
}
