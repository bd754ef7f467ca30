import Type from 'typebox';
import { count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

export const IMPORTS = settingsFragment(
  'Imports',
  {
    importRejectsFolder: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Where the rejected rows of an import are listed when the folder of its recording cannot be written; rejects in the data folder without',
      }),
    ),
  },
  'import',
  {
    rejectsRows: count(
      10_000,
      'rows',
      'Rejected rows listed in the file of an import; all of them are counted',
      0,
    ),
    previewProducts: count(500, 'products', 'Products, and expiries of each, that a dry run lists'),
    markMs: ms(5_000, 'How often an import notes how far it is: as much is read again after a crash'),
    markWaitMs: ms(
      1_000,
      'How long it waits for the store to hold what it published before it goes on without a note',
    ),
  },
);

export type ImportLimits = ValuesOf<typeof IMPORTS.own>;
