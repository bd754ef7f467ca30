import { RECORDING_LIMITS, type RecordingLimits } from '@deltastream/recordings/limits';
import Type from 'typebox';

const bound = (limit: keyof RecordingLimits, description: string) =>
  Type.Integer({ default: RECORDING_LIMITS[limit], minimum: 1, description });

/** What a recording may cost, replayed or imported: it comes from elsewhere. */
export const RECORDING_SETTINGS = {
  recordingMaxBytes: bound('maxBytes', 'Bytes a compressed recording or an archive may unpack to'),
  recordingMaxRatio: bound('maxRatio', 'Bytes it may unpack to for each byte on disk, beyond the first ones'),
  recordingRatioFreeBytes: bound('ratioFreeBytes', 'Those first bytes, of which no ratio is asked'),
  recordingMaxMembers: bound('maxMembers', 'Members of an archive'),
  recordingMaxNameLength: bound('maxNameLength', 'Characters in the name of a member'),
  recordingMaxPageBytes: bound('maxPageBytes', 'Bytes of a page: a member, or a file that is read at once'),
  recordingMaxPageItems: bound(
    'maxPageItems',
    'Lines of a page, values of a JSON document, rows of one instant',
  ),
  recordingMaxDepth: bound('maxDepth', 'Nesting of a JSON document'),
  recordingMaxSilentSeconds: bound('maxSilentSeconds', 'Seconds of reading without a part to give out'),
};

type RecordingSettings = Record<keyof typeof RECORDING_SETTINGS, number>;

/** The bounds that the settings say. */
export function recordingLimits(settings: RecordingSettings): RecordingLimits {
  return {
    maxBytes: settings.recordingMaxBytes,
    maxRatio: settings.recordingMaxRatio,
    ratioFreeBytes: settings.recordingRatioFreeBytes,
    maxMembers: settings.recordingMaxMembers,
    maxNameLength: settings.recordingMaxNameLength,
    maxPageBytes: settings.recordingMaxPageBytes,
    maxPageItems: settings.recordingMaxPageItems,
    maxDepth: settings.recordingMaxDepth,
    maxSilentSeconds: settings.recordingMaxSilentSeconds,
  };
}
