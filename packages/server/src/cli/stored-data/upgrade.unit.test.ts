import { expect, it } from 'vitest';
import { readSettings } from '../../settings/read.ts';
import { removalsOnServer } from './upgrade.ts';

const noteWith = (flags: Record<string, string>) => removalsOnServer(readSettings(flags, {}));

it.each(['postgres://db/market', 'mongodb://db/market'])(
  'names the settings by which a start removes data of %s that earlier releases kept',
  (store) => {
    expect(noteWith({ store, keepSnapshots: '90', keepMinutes: '400' })).toMatch(
      /ignored --keep-snapshots 90, --keep-minutes 400 on a database server/,
    );
    // Figures are kept as long as snapshots at least.
    expect(noteWith({ store, keepSummaries: '90' })).toBeNull();
  },
);

it('names none where they held before', () => {
  expect(noteWith({ keepSnapshots: '90' })).toBeNull();
});
