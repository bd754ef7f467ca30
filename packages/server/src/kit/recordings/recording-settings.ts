import { RECORDING_LIMITS, type RecordingLimits } from '@deltastream/recordings/limits';
import { count, settingsFragment } from '../settings-fragment.ts';

const bound = (limit: keyof RecordingLimits, unit: string, description: string) =>
  count(RECORDING_LIMITS[limit], unit, description);

/** What a recording may cost, replayed or imported: it comes from elsewhere. */
export const RECORDINGS = settingsFragment('Recordings', {}, 'recording', {
  maxBytes: bound('maxBytes', 'bytes', 'Bytes a compressed recording or an archive may unpack to'),
  maxRatio: bound('maxRatio', 'ratio', 'Bytes it may unpack to for each byte on disk, beyond the first ones'),
  ratioFreeBytes: bound('ratioFreeBytes', 'bytes', 'Those first bytes, of which no ratio is asked'),
  maxMembers: bound('maxMembers', 'members', 'Members of an archive'),
  maxNameLength: bound('maxNameLength', 'characters', 'Characters in the name of a member'),
  maxPageBytes: bound('maxPageBytes', 'bytes', 'Bytes of a page: a member, or a file that is read at once'),
  maxPageItems: bound(
    'maxPageItems',
    'items',
    'Lines of a page, values of a JSON document, rows of one instant',
  ),
  maxDepth: bound('maxDepth', 'levels', 'Nesting of a JSON document'),
  maxRejectedParts: bound(
    'maxRejectedParts',
    'parts',
    'Rows, pages and members that are rejected before the reading ends',
  ),
  maxSilentSeconds: bound('maxSilentSeconds', 's', 'Seconds of reading without a part to give out'),
} satisfies Record<keyof RecordingLimits, unknown>);
