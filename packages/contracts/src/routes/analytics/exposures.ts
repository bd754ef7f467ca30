import Type from 'typebox';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { chainQuery, marketRoute } from '../route.ts';

/** Whose contracts are counted as held, and whose as sold. */
export const SIGN_MODELS = ['dealer_short_puts_long_calls', 'all_long'] as const;

const Model = Type.Enum([...SIGN_MODELS], {
  description:
    '`dealer_short_puts_long_calls`: calls positive, puts negative. `all_long`: as who holds every contract',
});

const kinds = ['gex', 'dex', 'vex', 'vanna_exposure', 'charm_exposure'] as const;
type Kind = (typeof kinds)[number];

const numbers = <const Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, Type.Number()])) as Record<Name, Type.TNumber>;

export const StrikeExposureView = Type.Object({
  strike: Type.Number(),
  ...numbers(kinds.flatMap((kind): `${Kind}_${'call' | 'put'}`[] => [`${kind}_call`, `${kind}_put`])),
});

/** What every response about the exposures of an expiry begins with. */
const head = {
  product: ProductSymbol,
  expiry: ExpiryDate,
  timestamp: IsoTime,
  underlying_price: nullable(
    Type.Number({ description: 'What exposures are taken against: the spot, else the forward' }),
  ),
  lot_size: NullableNumber,
  null_reason: nullable(Type.String({ description: 'Why there are no exposures' })),
};

export const getExposure = marketRoute('GET', '/api/analytics/exposure/:product', {
  summary: 'Gamma, delta, vega, vanna and charm exposure of an expiry by strike',
  description:
    'Units and definitions as of the figures of a chain that have these names. 0 where greeks are unknown.',
  query: {
    ...chainQuery,
    model: Type.Optional(Type.Enum([...SIGN_MODELS], { default: 'dealer_short_puts_long_calls' })),
  },
  response: Type.Object({
    ...head,
    model: Model,
    totals: nullable(
      Type.Object(
        numbers(kinds.flatMap((kind): `${Kind}_${'net' | 'gross'}`[] => [`${kind}_net`, `${kind}_gross`])),
      ),
    ),
    call_wall_strike: NullableNumber,
    put_wall_strike: NullableNumber,
    count: Type.Integer(),
    strikes: Type.Array(StrikeExposureView),
  }),
  table: listTable('strikes', StrikeExposureView),
});

export const ExposureLevelView = Type.Object({
  level: Type.Number({ description: 'Price of the underlying' }),
  gex: Type.Number({ description: 'Net gamma exposure there, quote currency per 1% move' }),
});

export const getExposureProfile = marketRoute('GET', '/api/analytics/exposure-profile/:product', {
  summary: 'Net gamma exposure of an expiry over levels of its underlying, and where it crosses 0',
  description:
    '61 levels from 1 / 1.15 to 1.15 of the underlying, evenly spaced in their logarithm; volatilities are held ' +
    'fixed and the forward moves in proportion. Calls positive, puts negative.',
  query: chainQuery,
  response: Type.Object({
    ...head,
    gamma_flip: nullable(Type.Number({ description: 'The crossing nearest the underlying' })),
    crossings: Type.Array(Type.Number()),
    count: Type.Integer(),
    levels: Type.Array(ExposureLevelView),
  }),
  table: listTable('levels', ExposureLevelView),
});
