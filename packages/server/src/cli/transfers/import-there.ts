import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stderr, stdout } from 'node:process';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ImportOrder, type ImportView, UPLOAD_PART_BYTES } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { requireRegularFile } from '../../kit/recordings/recordings.ts';
import { REJECTS_ENDING } from '../../services/operations/imports/rejects-file.ts';
import { createPlatformClient, type PlatformClient } from '../ask-platform.ts';
import { createProgressBar } from '../progress-bar.ts';
import { importLine, previewText } from './import-lines.ts';

const POLL_MS = 500; // Progress for a person.
const IMPORTS = '/api/admin/imports';

/** Uploads recordings to a platform, has it import them, and puts what it rejected beside each of them. */
export async function importThere(
  files: readonly string[],
  order: Omit<ImportOrder, 'file'>,
  {
    server,
    token,
    rejectsFolder,
  }: { readonly server: string; readonly token?: string; readonly rejectsFolder?: string },
): Promise<void> {
  const platform = createPlatformClient(server, token);
  for (const path of files) {
    await upload(platform, path);
    const view = await imported(platform, { ...order, file: basename(path) });
    if (view.progress?.preview) stdout.write(previewText(view.file, view.progress.preview, view.progress));
    if (view.progress?.rejects) await fetchRejects(platform, view, path, rejectsFolder);
  }
}

async function upload(platform: PlatformClient, path: string): Promise<void> {
  await requireRegularFile(path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const sha256 = hash.digest('hex');
  const bar = createProgressBar(stderr);
  const recording = await open(path);
  try {
    const { size } = await recording.stat();
    const part = Buffer.alloc(UPLOAD_PART_BYTES);
    for (let offset = 0; ; ) {
      const { bytesRead } = await recording.read(part, 0, part.length, offset);
      const complete = offset + bytesRead >= size;
      if (bytesRead === 0 && !complete) {
        throw new DeltaStreamError(
          'unreadable_source',
          `${path} became shorter while it was uploaded: import it when it is complete`,
        );
      }
      const content = part.subarray(0, bytesRead).toString('base64');
      const body = { file: basename(path), offset, content, complete, ...(complete && { sha256 }) };
      await platform.post(`${IMPORTS}/uploads`, body);
      offset += bytesRead;
      bar.update(size === 0 ? 1 : offset / size, `${basename(path)} uploaded`);
      if (complete) return;
    }
  } finally {
    bar.stop();
    await recording.close();
  }
}

async function imported(platform: PlatformClient, order: ImportOrder): Promise<ImportView> {
  let { id } = await platform.post<ImportView>(IMPORTS, order);
  let shown = '';
  for (;;) {
    const view = await platform.get<ImportView>(`${IMPORTS}/${encodeURIComponent(id)}`).catch(() => null);
    if (view?.file === order.file) {
      const line = importLine(view);
      if (line !== shown) stdout.write(`${line}\n`);
      shown = line;
      if (view.state === 'done') return view;
      if (view.state === 'dead')
        throw new DeltaStreamError('retries_exhausted', `${view.file}: ${view.reason}`);
    } else {
      // A platform that was started anew goes on with it, under another id.
      id = (await underWay(platform, order)) ?? id;
    }
    await sleep(POLL_MS);
  }
}

/** Rejects with `unavailable` while the platform is away, and with `not_found` when it knows no such import any more. */
async function underWay(platform: PlatformClient, { file }: ImportOrder): Promise<string | null> {
  const listed = await platform.get<{ imports: ImportView[] }>(IMPORTS);
  const found = listed?.imports.find((each) => each.file === file);
  if (found) return found.id;
  throw new DeltaStreamError(
    'not_found',
    `the platform no longer knows the import of ${file}: order it again`,
  );
}

async function fetchRejects(
  platform: PlatformClient,
  { id, progress }: ImportView,
  path: string,
  rejectsFolder = dirname(path),
): Promise<void> {
  // By the name that is known here: a server does not decide where files are written.
  const target = join(rejectsFolder, basename(path) + REJECTS_ENDING);
  const text = await platform.text(`${IMPORTS}/${encodeURIComponent(id)}/rejects`);
  try {
    await mkdir(rejectsFolder, { recursive: true });
    await writeFile(target, text);
  } catch (cause) {
    throw new DeltaStreamError(
      'data_folder_unusable',
      `${target} cannot be written (${reasonOf(cause)}): name another folder with --rejects-folder`,
      { cause },
    );
  }
  stdout.write(`${target}: ${progress?.rejects?.rows} of ${progress?.rejected} rejected parts\n`);
}
