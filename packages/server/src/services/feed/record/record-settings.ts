import Type from 'typebox';
import { bytes, ms, settingsFragment } from '../../../kit/settings-fragment.ts';

/** What the feed publishes, kept in files that can be replayed. */
export const RECORD = settingsFragment(
  'Recording the feed',
  {
    record: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'File, or folder (there already, or with / at its end), that everything the feed publishes is recorded in, for --source replay:FILE; nothing that is there is overwritten',
      }),
    ),
    keepRaw: Type.Boolean({
      default: false,
      description:
        'With --record and live venues: keep what their WebSockets send in files beside it, for deltastream reparse',
    }),
  },
  'record',
  {
    flushMs: ms(1_000, 'How often it is written: as much is lost at most when the process is killed'),
    daily: Type.Boolean({
      default: true,
      description: 'A new file begins with each day of the exchange of the first product',
    }),
    rotateBytes: bytes(1024 ** 3, 'A new file begins when one has so many bytes', 65_536),
    maxBytes: bytes(
      20 * 1024 ** 3,
      'Bytes of all files under the name or in the folder, those of earlier runs included; then the recording stops, and the feed goes on',
      65_536,
    ),
    bufferBytes: bytes(
      64 * 1024 ** 2,
      'Bytes that wait to be written at most, of the recording and of raw messages each; what comes then is not recorded, and counted',
      65_536,
    ),
  },
);
