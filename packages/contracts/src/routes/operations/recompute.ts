import Type, { type Static } from 'typebox';
import { CHAIN_FIGURE_NAMES } from '../../figures/chain-figures.ts';
import { PRODUCT_FIGURE_NAMES } from '../../figures/product-figures.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { DERIVED_COLUMNS } from '../../market/columns.ts';
import { nullable } from '../../schemas/nullable.ts';
import { problems, route } from '../route.ts';
import { forAdmins, JobParams, jobFields } from './job.ts';

const tags = ['admin'];

/** What a figure is of. */
export const FIGURE_LEVELS = ['contract', 'chain', 'product'] as const;
export type FigureLevel = (typeof FIGURE_LEVELS)[number];

/** Every figure that is computed here from quotes, by its level; a name has one level. */
export const COMPUTED_FIGURES: ReadonlyMap<string, FigureLevel> = new Map<string, FigureLevel>([
  ...DERIVED_COLUMNS.map((name) => [name, 'contract'] as const),
  ...CHAIN_FIGURE_NAMES.map((name) => [name, 'chain'] as const),
  ...PRODUCT_FIGURE_NAMES.map((name) => [name, 'product'] as const),
]);

const recomputeFields = {
  from: Type.String({ format: 'date-time', description: 'Inclusive' }),
  to: Type.String({ format: 'date-time', description: 'Exclusive' }),
  products: Type.Optional(
    Type.Array(ProductSymbol, { minItems: 1, maxItems: 100, description: 'Every stored product without' }),
  ),
  figures: Type.Optional(
    Type.Array(Type.Enum([...COMPUTED_FIGURES.keys()]), {
      minItems: 1,
      maxItems: COMPUTED_FIGURES.size,
      description: 'Only these take new values, and the others stay as they are stored; every figure without',
      examples: [['rr25', 'bf25']],
    }),
  ),
};

export const RecomputeOrder = Type.Object(
  {
    ...recomputeFields,
    dry_run: Type.Optional(Type.Boolean({ description: 'Compare and replace nothing; false without' })),
  },
  { additionalProperties: false },
);
export type RecomputeOrder = Static<typeof RecomputeOrder>;

const Value = nullable(Type.Union([Type.Number(), Type.String()]));

/** How the recomputed values of one figure differ from those that are stored. */
export const FigureChange = Type.Object({
  figure: Type.String({ examples: ['iv'] }),
  level: Type.Enum([...FIGURE_LEVELS]),
  chains: Type.Integer({ description: 'Chains, or moments of a product, in which a value differs' }),
  values: Type.Integer({ description: 'Values that differ: of a contract figure several in one chain' }),
  largest_difference: nullable(
    Type.Number({ description: 'Null where no value that is a number became another' }),
  ),
  where: Type.String({
    description: 'Where the largest difference is, else the first one',
    examples: ['NIFTY 2026-08-25 at 2026-08-19T04:00:00.000Z, 24200 call'],
  }),
  stored: Value,
  recomputed: Value,
});
export type FigureChange = Static<typeof FigureChange>;

export const RecomputeProgress = Type.Object({
  share: Type.Number({ minimum: 0, maximum: 1, description: 'Of the stored time that is asked for' }),
  product: nullable(ProductSymbol),
  expiry: nullable(
    Type.String({ ...ExpiryDate, description: 'Null while figures of the product are computed' }),
  ),
  timestamp: nullable(Type.String({ format: 'date-time', description: 'Of the last one that was compared' })),
  resumed_at: nullable(
    Type.String({ description: 'Where an interrupted run of the same order was taken up; null: it was not' }),
  ),
  chains: Type.Integer({ description: 'Compared' }),
  chains_changed: Type.Integer({ description: 'Replaced; in a dry run: that would be' }),
  moments: Type.Integer({ description: 'Stored figures of products compared' }),
  moments_changed: Type.Integer(),
  damaged: Type.Array(Type.String(), {
    description: 'What could not be read, and was left as it is; at most 20',
  }),
  damaged_count: Type.Integer(),
  figures: Type.Array(FigureChange, { description: 'Those that changed' }),
});
export type RecomputeProgress = Static<typeof RecomputeProgress>;

export const RecomputeView = Type.Object({
  ...jobFields,
  ...recomputeFields,
  dry_run: Type.Boolean(),
  progress: nullable(RecomputeProgress),
});
export type RecomputeView = Static<typeof RecomputeView>;

const access = { role: 'admin', scope: 'operations:manage' } as const;

export const createRecompute = route({
  method: 'POST',
  url: '/api/admin/recomputes',
  access,
  schema: {
    tags,
    summary: 'Compute stored figures again from the stored quotes (administrators)',
    description:
      'Every figure with the code, settings and reference data of this release, in place of the stored ones, at the ' +
      'times and versions of the quotes; what a feed or an import brings meanwhile wins. Figures that a venue publishes ' +
      'are never used.',
    body: RecomputeOrder,
    response: {
      201: RecomputeView,
      ...problems('invalid_request', 'unknown_product', 'unavailable', ...forAdmins),
    },
  },
});

export const listRecomputes = route({
  method: 'GET',
  url: '/api/admin/recomputes',
  access,
  schema: {
    tags,
    summary: 'Recomputations, newest first (administrators)',
    querystring: Type.Object({}, { additionalProperties: false }),
    response: {
      200: Type.Object({ count: Type.Integer(), recomputes: Type.Array(RecomputeView) }),
      ...problems('invalid_request', ...forAdmins),
    },
  },
});

export const getRecompute = route({
  method: 'GET',
  url: '/api/admin/recomputes/:id',
  access,
  schema: {
    tags,
    summary: 'One recomputation with its progress and what it changed (administrators)',
    params: JobParams,
    response: { 200: RecomputeView, ...problems('invalid_request', 'not_found', ...forAdmins) },
  },
});
