import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import process, { stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExportOrder, type ExportProgress, type ImportOrder, schemaCheck } from '@deltastream/contracts';
import { openPort } from '../../adapters.ts';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { createImportNumbers } from '../../kit/recordings/import-numbers.ts';
import { requireRegularFile } from '../../kit/recordings/recordings.ts';
import type { Queue } from '../../ports/queue.ts';
import { recordedAt, recordedExpiry } from '../../services/feed/source-settings.ts';
import { createEncodingThread } from '../../services/operations/exports/encoding-thread.ts';
import { exportFolder } from '../../services/operations/exports/export-folder.ts';
import { checkOrder, exportFileName } from '../../services/operations/exports/export-order.ts';
import { writeExport } from '../../services/operations/exports/write-export.ts';
import { importKey, importPayload, importView } from '../../services/operations/imports/import-order.ts';
import { IMPORT_JOB, importFolder, requireRecordingName } from '../../services/operations/imports/imports.ts';
import { TRANSFERS } from '../../services/operations/transfers/transfer-settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { isShared } from '../../settings/places.ts';
import { importHere } from './import-here.ts';
import { importLine } from './import-lines.ts';
import { importThere } from './import-there.ts';

const POLL_MS = 500; // Progress for a person, from a queue that others use, too.
const orderCheck = schemaCheck(ExportOrder);

export interface ImportFlags {
  readonly dryRun?: boolean;
  readonly server?: string;
  readonly token?: string;
  readonly rejectsFolder?: string;
}

/**
 * Imports recordings into a running platform: one that `--server` names, to which they are uploaded, or that of a shared
 * queue, in whose folder of imports they are copied. A dry run without `--server` reads them here.
 */
export async function importRecordings(
  settings: Settings,
  files: readonly string[],
  flags: ImportFlags = {},
): Promise<void> {
  const said = saidBy(settings);
  if (flags.server !== undefined) {
    const order = { ...said, keep_existing: settings.keepExisting, dry_run: flags.dryRun };
    return importThere(files, order, { ...flags, server: flags.server });
  }
  if (flags.dryRun) return importHere(settings, files);
  if (!isShared(settings.queue)) {
    throw new DeltaStreamError(
      'invalid_setting',
      '--queue is not shared: name the running platform with --server http://HOST:PORT; or, while none runs, ' +
        'deltastream --source replay:FILE --speed max --exit-when-done',
    );
  }
  const queue = await openPort('queue', settings);
  const store = await openPort('marketReader', settings);
  const bus = await openPort('bus', settings);
  const nextNumber = createImportNumbers({ bus, store });
  try {
    const ids: string[] = [];
    for (const path of files) {
      const file = await brought(path, importFolder(settings.data));
      const order = { file, ...said, generation: await nextNumber(settings.keepExisting) };
      ids.push(await queue.add(IMPORT_JOB, importPayload(order), { key: importKey(order), keep: true }));
    }
    for (const id of ids) await follow(queue, id);
  } finally {
    await bus.close();
    await store.close();
    await queue.close();
  }
}

/** What the settings say of recordings, as an order has it. Throws `invalid_setting` for what is not a time or day. */
export function saidBy(settings: Settings): Omit<ImportOrder, 'file' | 'keep_existing'> {
  recordedAt(settings);
  return {
    recorded_at: settings.recordedAt,
    recorded_product: settings.recordedProduct,
    recorded_expiry: recordedExpiry(settings),
  };
}

/** Copies a recording to the folder of imports. Rejects with `unreadable_source`. */
export async function brought(path: string, folder: string): Promise<string> {
  const file = basename(path);
  requireRecordingName(file);
  if (resolve(path) === join(folder, file)) return file;
  // A pipe or a device would be copied without end.
  await requireRegularFile(path);
  const part = join(folder, `.${file}.${randomUUID()}.part`);
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(path, part, constants.COPYFILE_FICLONE);
    // In the place of what has the name, also of a link, which is not followed; never there in part.
    await rename(part, join(folder, file));
  } catch (cause) {
    await rm(part, { force: true });
    throw new DeltaStreamError('unreadable_source', `${path}: ${reasonOf(cause)}`, { cause });
  }
  return file;
}

async function follow(queue: Queue, id: string): Promise<void> {
  let shown = '';
  for (;;) {
    const job = await queue.job(id);
    if (!job) throw new DeltaStreamError('not_found', `job ${id} is no longer known`);
    const view = importView(job);
    const line = importLine(view);
    if (line !== shown) stdout.write(`${line}\n`);
    shown = line;
    if (view.state === 'done') return;
    if (view.state === 'dead')
      throw new DeltaStreamError('retries_exhausted', `${view.file}: ${view.reason}`);
    await sleep(POLL_MS);
  }
}

/** What the command line says of an export. */
export interface ExportFlags extends Omit<ExportOrder, 'product'> {
  /** Separated by commas; every product that is stored without. */
  readonly product?: string;
  /** Where a file for each product and day goes; one file of each product in the data folder without. */
  readonly folder?: string;
}

/** Writes stored data to files, from this process, whether or not a platform runs. */
export async function exportData(
  settings: Settings,
  { product, folder, ...given }: ExportFlags,
): Promise<void> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) void once(process, name).then(() => stopping.abort());
  const { signal } = stopping;
  const limits = TRANSFERS.of(settings);
  const exports = join(settings.data, 'exports');
  const store = await openPort('marketReader', settings);
  const encoder = createEncodingThread();
  const say = (path: string, { rows, bytes }: ExportProgress) =>
    stdout.write(`${path}: ${rows} rows, ${bytes} bytes\n`);
  try {
    const products = product?.split(',') ?? (await store.products()).map((known) => known.product);
    const orders = products.map((each) => orderOf({ ...given, product: each }));
    if (folder === undefined) await mkdir(exports, { recursive: true });
    for (const order of orders) {
      if (folder !== undefined) await exportFolder({ store, encoder }, order, folder, say, signal, limits);
      else {
        const path = join(exports, exportFileName(order));
        say(path, await writeExport({ store, encoder }, order, path, async () => {}, signal, limits));
      }
    }
  } finally {
    await encoder.close();
    await store.close();
  }
}

/** Throws `invalid_request` for what is no order, or makes no sense. */
function orderOf(given: Record<string, unknown>): ExportOrder {
  if (!orderCheck.accepts(given)) {
    const first = orderCheck.faultOf(given);
    const field = first.instancePath.slice(1);
    throw new DeltaStreamError('invalid_request', field ? `--${field}: ${first.message}` : first.message);
  }
  checkOrder(given);
  return given;
}
