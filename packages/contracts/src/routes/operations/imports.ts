import Type, { type Static } from 'typebox';
import { ExpiryDate } from '../../market/chain.ts';
import { NullableNumber, nullable } from '../../nullable.ts';
import { adminRoute } from '../route.ts';
import { JobParams, jobFields } from './job.ts';

const RecordingFile = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._ -]{0,199}$',
  description: 'Name of a recording in the folder "imports" of the data folder',
});

const RowOutcome = Type.Object({
  new: Type.Integer({ description: 'Nothing was stored of that time' }),
  replaced: Type.Integer({ description: 'Took the place of what said something else' }),
  kept: Type.Integer({ description: 'What is stored says the same, or was to be kept' }),
});

export const ImportProgress = Type.Object({
  position: Type.Number({ description: 'Of `total`, in `unit`' }),
  total: NullableNumber,
  unit: Type.Enum(['bytes', 'records']),
  chains: Type.Integer(),
  ticks: Type.Integer(),
  rejected: Type.Integer({ description: 'Parts that could not be used; the log names them' }),
  stored: nullable(Type.Boolean({ description: 'Whether the store holds its end; null until then' })),
  outcome: nullable(
    Type.Object(
      { chains: RowOutcome, ticks: RowOutcome },
      { description: 'What became of the rows that were published; null until the end' },
    ),
  ),
});
export type ImportProgress = Static<typeof ImportProgress>;

export const ImportView = Type.Object({
  ...jobFields,
  file: Type.String(),
  keep_existing: Type.Boolean({ description: 'Fills what is free and leaves what is stored' }),
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

export const listImports = adminRoute('GET', '/api/admin/imports', {
  summary: 'Imports, newest first, and the recordings that are there (administrators)',
  query: {},
  response: Type.Object({
    count: Type.Integer(),
    imports: Type.Array(ImportView),
    files: Type.Array(Type.String()),
  }),
});

export const getImport = adminRoute('GET', '/api/admin/imports/:id', {
  summary: 'One import with its progress (administrators)',
  params: JobParams,
  response: ImportView,
  failures: ['not_found'],
});
