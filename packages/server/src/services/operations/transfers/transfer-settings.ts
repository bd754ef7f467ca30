import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

export const TRANSFERS = settingsFragment('Imports and exports', {}, 'transfer', {
  importWaitAbove: Type.Number({
    default: 0.25,
    minimum: 0,
    maximum: 1,
    unit: 'share',
    description: 'Share of --max-backlog-bytes above which an import waits: a live feed needs room, too',
  }),
  pastWaitAbove: Type.Number({
    default: 0.005,
    minimum: 0,
    maximum: 1,
    unit: 'share',
    description: 'The same for the past of a synthetic market, which nobody waits for',
  }),
  importStoredWithinMs: ms(60_000, 'How long the store may take to hold what was published last'),
  importSettledAfterMs: ms(2_000, 'Rows that the store did not take are given up this long after the last'),
  importRejectionsLogged: count(
    20,
    'reasons',
    'Reasons of rejected parts logged, each once with its count',
    0,
  ),
  exportMaxRows: count(20_000_000, 'rows', 'Rows of one export'),
  exportMaxBytes: bytes(4_294_967_296, 'Bytes of one export'),
  exportSliceBytes: bytes(
    33_554_432,
    'Chains of an export that are encoded together at most, as the store holds them; in Parquet the rows of a contract lie together in each such slice',
  ),
  exportMaxFiles: count(100, 'files', 'Files of exports kept; the oldest go first', 0),
  exportMaxStreams: count(2, 'downloads', 'Exports that are sent as they are made, at the same time'),
  exportStreamMs: ms(600_000, 'Longest time of such a download; ask for a shorter range, or order a file'),
  reportMs: ms(500, 'How often an import or export reports its progress'),
});

export type TransferLimits = ValuesOf<typeof TRANSFERS.own>;

/** Why nothing may be imported into a dataset: one with generated and recorded data could be taken for the other. */
export const importRefusal = (dataset: string): string | null =>
  dataset === 'synthetic'
    ? 'generated data is kept here: import where --source is none or --dataset names another'
    : null;
