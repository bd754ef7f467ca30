import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

export const IMPORTS = settingsFragment(
  'Imports',
  {
    importFolder: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Folder whose files are imported as they come and then moved to done or failed in it; off without',
      }),
    ),
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
    uploadMaxBytes: bytes(8_589_934_592, 'Largest recording that is uploaded'),
    uploadsMaxBytes: bytes(
      34_359_738_368,
      'Uploaded recordings together, complete or not. For more the oldest complete ones go that are not being imported; where that is not enough, an upload is refused',
    ),
    uploadsMaxFiles: count(1_000, 'files', 'Number of them, complete or not, in the same way'),
    uploadsKeptMs: count(
      604_800_000,
      'ms',
      'An upload that has been complete for so long, and is not being imported, is removed; 0: never',
      0,
    ),
    uploadStaleMs: ms(3_600_000, 'An upload that is not complete and got nothing for so long is removed'),
    folderPollMs: ms(5_000, 'How often --import-folder is looked at', 10),
    folderSettledMs: ms(
      10_000,
      'A file of it is complete when size and time of change were the same for so long, or NAME.done lies beside it',
      0,
    ),
    folderFiles: count(1_000, 'files', 'Entries of it that are looked at; the others when these are gone'),
    folderMaxBytes: bytes(8_589_934_592, 'Largest file that is imported from it'),
    folderRemembered: count(
      100_000,
      'files',
      'Imported files that are remembered; the oldest are forgotten at a start',
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
