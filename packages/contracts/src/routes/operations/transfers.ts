import Type, { type Static } from 'typebox';
import { STORED_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { EXPORT_FORMATS, EXPORT_KINDS, EXPORT_MEDIA_TYPES } from '../../market/exported-tables.ts';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';
import { JobParams, jobFields } from './job.ts';

const ExportFile = Type.String({ pattern: '^[A-Z0-9][A-Za-z0-9._&-]{0,199}\\.(csv|parquet|arrows)$' });

const orderFields = {
  kind: Type.Enum([...EXPORT_KINDS]),
  product: ProductSymbol,
  from: Type.String({ format: 'date-time', description: 'Inclusive' }),
  to: Type.String({ format: 'date-time', description: 'Exclusive' }),
  expiry: Type.Optional(
    Type.String({ ...ExpiryDate, description: 'Of chains and summaries; every expiry without' }),
  ),
  interval: Type.Optional(Type.Enum([...STORED_INTERVALS], { description: 'Of bars; 1m without' })),
  format: Type.Optional(
    Type.Enum([...EXPORT_FORMATS], { description: 'csv without; arrow is IPC in its stream format' }),
  ),
};
export const ExportOrder = Type.Object(orderFields, { additionalProperties: false });
export type ExportOrder = Static<typeof ExportOrder>;

export const ExportProgress = Type.Object({
  rows: Type.Integer(),
  bytes: Type.Integer(),
  timestamp: nullable(Type.String({ format: 'date-time', description: 'Of the last row written' })),
  cancelled: Type.Boolean(),
});
export type ExportProgress = Static<typeof ExportProgress>;

export const ExportView = Type.Object({
  ...jobFields,
  ...orderFields,
  file: Type.String({ description: 'To be downloaded under this name when the job is done' }),
  progress: nullable(ExportProgress),
});
export type ExportView = Static<typeof ExportView>;

export const createExport = adminRoute('POST', '/api/admin/exports', {
  summary: 'Write chains, summaries, ticks or bars of a product to a file (administrators)',
  body: ExportOrder.properties,
  response: ExportView,
  status: 201,
  failures: ['unavailable'],
});

export const listExports = adminRoute('GET', '/api/admin/exports', {
  summary: 'Exports, newest first, and the files that are there (administrators)',
  query: {},
  response: Type.Object({
    count: Type.Integer(),
    exports: Type.Array(ExportView),
    files: Type.Array(Type.Object({ file: Type.String(), bytes: Type.Integer(), written_at: IsoTime })),
  }),
});

export const getExport = adminRoute('GET', '/api/admin/exports/:id', {
  summary: 'One export with its progress (administrators)',
  params: JobParams,
  response: ExportView,
  failures: ['not_found'],
});

export const cancelExport = adminRoute('POST', '/api/admin/exports/:id/cancel', {
  summary: 'End an export that is not at its end (administrators)',
  description:
    'One that runs ends within a second, one that waits when its turn comes: `done`, with `cancelled` in its progress. ' +
    'Nothing of its file is left; one of the same name that was there before stays.',
  params: JobParams,
  response: ExportView,
  failures: ['not_found'],
});

export const streamExport = adminRoute('GET', '/api/admin/exports/stream', {
  summary: 'An export as it is made, without a job and a file (administrators)',
  description:
    'Read from the store no faster than it is taken, for as long as `--transfer-export-stream-ms` and as many at a time as ' +
    '`--transfer-export-max-streams`. A response that breaks off is not complete; what is longer is ordered as a file.',
  query: orderFields,
  response: Type.String(),
  files: Object.values(EXPORT_MEDIA_TYPES),
  failures: ['unknown_product', 'unknown_expiry', 'unavailable'],
});

export const downloadExport = adminRoute('GET', '/api/admin/exports/files/:file', {
  summary: 'The file of an export: CSV, Parquet or Arrow IPC (administrators)',
  params: Type.Object({ file: ExportFile }),
  response: Type.String(),
  files: Object.values(EXPORT_MEDIA_TYPES),
  failures: ['not_found'],
});
