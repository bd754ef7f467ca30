import { Concurrency } from '@deltastream/contracts';
import Type from 'typebox';
import { settingsFragment } from '../../kit/settings-fragment.ts';

export const DEFAULT_CONCURRENCY = 8;

const concurrency = (description: string) => Type.Integer({ ...Concurrency, unit: 'messages', description });

export const ENRICHER = settingsFragment('Enricher', {
  concurrency: Type.Optional(concurrency(`Messages processed concurrently; ${DEFAULT_CONCURRENCY}`)),
  marketConcurrency: Type.Optional(concurrency('The same while a market is open; as --concurrency')),
  offHoursConcurrency: Type.Optional(concurrency('The same while none is; as --concurrency')),
  marketProducts: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      description: 'Products whose sessions those two follow, by comma; those of --products, else NIFTY',
    }),
  ),
  rate: Type.Optional(
    Type.Number({
      unit: 'fraction a year',
      minimum: -1,
      maximum: 1,
      description: 'Interest rate, continuous, fraction a year, where no curve holds; 0',
    }),
  ),
  rateCurve: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'JSON file of zero rates by currency and tenor, with effective dates (docs/figures.md)',
    }),
  ),
});
