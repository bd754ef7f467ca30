import Type, { type Static } from 'typebox';
import { ExpiryDate } from '../../market/chain.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';
import { JobParams, jobFields } from './job.ts';

const RecordingFile = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9 ._:&(),+~-]{0,199}$',
  description: 'Name of a recording in the folder "imports" of the data folder',
});

const RowOutcome = Type.Object({
  new: Type.Integer({ description: 'Nothing was stored of that time' }),
  replaced: Type.Integer({ description: 'Took the place of what said something else' }),
  kept: Type.Integer({ description: 'What is stored says the same, or was to be kept' }),
});

/** Rejected parts of one reason. */
const RejectedParts = Type.Object({
  rejection: Type.String({ description: 'The reason in one word' }),
  count: Type.Integer(),
  place: Type.String({ description: 'File, member and line of the first' }),
  reason: Type.String({ description: 'Of the first, with the values that were found' }),
});
export type RejectedParts = Static<typeof RejectedParts>;

const PreviewedProduct = Type.Object({
  product: Type.String(),
  currency: Type.String(),
  lot_sizes: Type.Array(Type.Number(), { description: 'Units of a contract; none where they are not known' }),
  expiries: Type.Array(Type.String(), { description: 'Ascending, as many as are listed' }),
  expiries_left_out: Type.Integer({ description: 'Beyond those' }),
  from: IsoTime,
  to: IsoTime,
  chains: Type.Integer(),
  ticks: Type.Integer(),
  strikes: Type.Integer({ description: 'Rows of the chains, by strike' }),
  chains_stored: Type.Integer({
    description:
      'Chains of a time at which one is stored: an import puts its own in the place of what says something else, or keeps all of them with `keep_existing`',
  }),
  ticks_stored: Type.Integer({ description: 'Likewise' }),
});

export const ImportPreview = Type.Object({
  format: Type.String(),
  units: Type.String({ description: 'What the numbers of the recording are counted in' }),
  products: Type.Array(PreviewedProduct),
  products_left_out: Type.Integer({ description: 'Beyond those that are listed' }),
});
export type ImportPreview = Static<typeof ImportPreview>;

export const ImportProgress = Type.Object({
  position: Type.Number({ description: 'Of `total`, in `unit`' }),
  total: NullableNumber,
  unit: Type.Enum(['bytes', 'records']),
  chains: Type.Integer(),
  ticks: Type.Integer(),
  rejected: Type.Integer({ description: 'Parts that could not be used' }),
  rejections: Type.Array(RejectedParts, {
    description: 'The same by reason, as many reasons as are told apart',
  }),
  rejects: nullable(
    Type.Object(
      {
        file: Type.String(),
        rows: Type.Integer({ description: 'Of `rejected`, at most as many as a setting says' }),
      },
      {
        description: 'The file that lists them, by line; null where none was rejected, or it was not written',
      },
    ),
  ),
  resumed_at: Type.Integer({
    description: 'Parts of the recording that were stored already when this run began: it went on after them',
  }),
  cancelled: Type.Boolean(),
  stored: nullable(Type.Boolean({ description: 'Whether the store holds its end; null until then' })),
  outcome: nullable(
    Type.Object(
      { chains: RowOutcome, ticks: RowOutcome },
      { description: 'What became of the rows that were published; null until the end' },
    ),
  ),
  preview: nullable(
    Type.Object(ImportPreview.properties, {
      description: 'Of a dry run: what the recording holds; null until the end',
    }),
  ),
});
export type ImportProgress = Static<typeof ImportProgress>;

export const ImportView = Type.Object({
  ...jobFields,
  file: Type.String(),
  keep_existing: Type.Boolean({ description: 'Fills what is free and leaves what is stored' }),
  watched: Type.Boolean({ description: 'Of the import folder, not of the folder "imports"' }),
  dry_run: Type.Boolean({ description: 'Says what is in the recording and stores nothing' }),
  recorded_at: nullable(Type.String({ format: 'date-time' })),
  recorded_product: nullable(Type.String()),
  recorded_expiry: nullable(Type.String()),
  progress: nullable(ImportProgress),
});
export type ImportView = Static<typeof ImportView>;

/** What exchanges call a product: `NIFTY`, `M&M`, `BAJAJ-AUTO`. */
export const RECORDED_PRODUCT = '^[A-Z][A-Z0-9&-]{0,23}$';

const said = 'taken where neither its content nor its name says it';
export const ImportOrder = Type.Object(
  {
    file: RecordingFile,
    keep_existing: Type.Optional(
      Type.Boolean({ description: 'Fill what is free and leave what is stored; false without' }),
    ),
    dry_run: Type.Optional(
      Type.Boolean({
        description: 'Say what an import would find and replace, and store nothing; false without',
      }),
    ),
    recorded_at: Type.Optional(
      Type.String({ format: 'date-time', description: `When the recording was made, ${said}` }),
    ),
    recorded_product: Type.Optional(
      Type.String({
        pattern: RECORDED_PRODUCT,
        description: `Product of the recording, ${said}`,
        examples: ['RELIANCE'],
      }),
    ),
    recorded_expiry: Type.Optional(
      Type.String({ ...ExpiryDate, description: `Expiry of the recording, ${said}` }),
    ),
  },
  { additionalProperties: false },
);
export type ImportOrder = Static<typeof ImportOrder>;

export const createImport = adminRoute('POST', '/api/admin/imports', {
  summary: 'Bring a recording into the store (administrators)',
  description:
    'Its messages take the way of a feed, so subscribers see them, too. A later import replaces what is ' +
    'stored of the same times, and the bars of those times are computed anew; the same recording again ' +
    'changes nothing. What is stored of other times stays.',
  body: ImportOrder.properties,
  response: ImportView,
  status: 201,
  failures: ['not_found', 'unavailable'],
});

export const ImportFolderView = Type.Object({
  watched: Type.Boolean({ description: 'False while it cannot be read or another process watches it' }),
  waiting: Type.Integer({ description: 'Files that are not complete, or not imported yet' }),
  problems: Type.Array(
    Type.Object({
      file: nullable(Type.String({ description: 'Null: the folder itself' })),
      reason: Type.String(),
    }),
    { description: 'What is not imported, and why' },
  ),
});
export type ImportFolderView = Static<typeof ImportFolderView>;

export const listImports = adminRoute('GET', '/api/admin/imports', {
  summary: 'Imports, newest first, and the recordings that are there (administrators)',
  query: {},
  response: Type.Object({
    count: Type.Integer(),
    imports: Type.Array(ImportView),
    files: Type.Array(Type.String()),
    import_folder: nullable(
      Type.Object(ImportFolderView.properties, {
        description: 'The folder that is watched; null without one',
      }),
    ),
  }),
});

export const getImport = adminRoute('GET', '/api/admin/imports/:id', {
  summary: 'One import with its progress (administrators)',
  params: JobParams,
  response: ImportView,
  failures: ['not_found'],
});

export const cancelImport = adminRoute('POST', '/api/admin/imports/:id/cancel', {
  summary: 'End an import that is not at its end (administrators)',
  description:
    'One that runs ends within a second, one that waits when its turn comes: `done`, with `cancelled` in its progress. ' +
    'What it stored until then stays.',
  params: JobParams,
  response: ImportView,
  failures: ['not_found'],
});

export const downloadRejects = adminRoute('GET', '/api/admin/imports/:id/rejects', {
  summary: 'The rejected parts of an import as CSV: file, member, line, rejection, reason (administrators)',
  params: JobParams,
  response: Type.String(),
  files: ['text/csv'],
  failures: ['not_found'],
});

/** Bytes of a recording that one request brings: it is there within the time that a request may take, on a slow line, too. */
export const UPLOAD_PART_BYTES = 1_048_576;
const UPLOAD_BODY_BYTES = 1_500_000; // The same in Base64, and what is said of it.

export const uploadRecording = adminRoute('POST', '/api/admin/imports/uploads', {
  summary: 'Bring a recording into the folder "imports", part by part (administrators)',
  description:
    'Parts follow each other from offset 0 on; one that is sent again takes the place of what came from its offset on. ' +
    'With `complete` the recording is there under its name, in the place of one that was there, and can be imported.',
  body: {
    file: RecordingFile,
    offset: Type.Integer({ minimum: 0, description: 'Where in the recording `content` begins' }),
    content: Type.String({
      maxLength: 1_398_104,
      pattern: '^[A-Za-z0-9+/]*={0,2}$',
      examples: ['dGltZXN0YW1wLGV4cGlyeSxzdHJpa2U='],
      description: `At most ${UPLOAD_PART_BYTES} bytes, in Base64`,
    }),
    complete: Type.Optional(Type.Boolean({ description: 'It is the last part; false without' })),
    sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'Of the recording, compared when it is complete',
        examples: ['f0a5c2a4f7d5b2a4f6a5ad5b8c12d6cdb7e5ff0c8af1a2bd1b9a7a21b1f3cd52'],
      }),
    ),
  },
  response: Type.Object({
    file: Type.String(),
    received: Type.Integer({ description: 'Bytes that are there: the offset of the next part' }),
    complete: Type.Boolean(),
  }),
  failures: ['payload_too_large', 'data_folder_unusable'],
  bodyLimit: UPLOAD_BODY_BYTES,
});
