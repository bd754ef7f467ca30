import type { ImportOrder, ImportProgress, ImportView } from '@deltastream/contracts';
import { dayNumber } from '@deltastream/reference';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { JobView } from '../../../ports/queue.ts';
import { jobView } from '../job-list.ts';
import type { SaidOfRecording } from '../transfers/open-recording.ts';

/** What a job of an import says: the order with the number that decides what it replaces. */
export interface OrderedImport extends Omit<ImportOrder, 'keep_existing'> {
  /** Absent in jobs of older releases: as a live feed. Below 0 it keeps what is stored. */
  readonly generation?: number;
  /** Of a file of the import folder: what it is remembered by. */
  readonly watched?: string;
}

export const importPayload = (order: OrderedImport): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(order));

export const readImport = (payload: Uint8Array): OrderedImport =>
  JSON.parse(new TextDecoder().decode(payload)) as OrderedImport;

/**
 * What an order says of its recording. Throws `invalid_request` where `recorded_at` is not a valid timestamp or
 * `recorded_expiry` not a date.
 */
export function saidIn({
  recorded_at,
  recorded_product: product,
  recorded_expiry: expiry,
}: Omit<OrderedImport, 'file'>): SaidOfRecording {
  const recordedAt = recorded_at === undefined ? undefined : Date.parse(recorded_at);
  if (Number.isNaN(recordedAt)) {
    throw invalid(`recorded_at ${JSON.stringify(recorded_at)} is not a valid timestamp`);
  }
  if (expiry !== undefined && Number.isNaN(dayNumber(expiry))) {
    throw invalid(`recorded_expiry ${JSON.stringify(expiry)} is not a date`);
  }
  return { recordedAt, product, expiry };
}

/**
 * One import of a file at a time, of those that are to be the same: one with other words about the recording, or
 * that treats what is stored otherwise, is another.
 */
export function importKey({ generation = 0, ...order }: OrderedImport): string {
  const { file, recorded_at, recorded_product, recorded_expiry } = order;
  const said = [recorded_at, recorded_product, recorded_expiry].map((each) => each ?? '');
  const words = said.join('') === '' ? '' : ` (${said.join(' ')})`;
  return `${file}${words}${generation < 0 ? ' (keep existing)' : ''}${order.dry_run ? ' (dry run)' : ''}${order.watched ? ' (import folder)' : ''}`;
}

export function importView(job: JobView): ImportView {
  const { file, generation = 0, ...said } = readImport(job.payload);
  const progress = job.progress as ImportProgress | null;
  return {
    ...jobView(job),
    file,
    keep_existing: generation < 0,
    dry_run: said.dry_run ?? false,
    watched: said.watched !== undefined,
    recorded_at: said.recorded_at ?? null,
    recorded_product: said.recorded_product ?? null,
    recorded_expiry: said.recorded_expiry ?? null,
    progress: progress && { ...NOT_SAID, ...progress },
  };
}

/** What older releases did not say of an import. */
const NOT_SAID = {
  outcome: null,
  rejections: [],
  rejects: null,
  resumed_at: 0,
  cancelled: false,
  preview: null,
} satisfies Partial<ImportProgress>;

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
