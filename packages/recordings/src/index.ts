export { RecordingError, type RecordingErrorCode } from './recording-error.ts';
export type { RecordingOptions, RecordingSetting } from './recording-options.ts';
export { openRecording } from './recording-source.ts';
export type {
  Recording,
  RecordingFormat,
  RejectedItem,
  Rejection,
  Source,
  SourceItem,
  SourceProgress,
  Where,
} from './source.ts';
export { placeOf } from './source.ts';
export {
  createRecordingAccess,
  openRegularFile,
  type RecordingAccess,
} from './transport/recording-access.ts';
export { RECORDING_LIMITS, type RecordingLimits } from './transport/recording-limits.ts';
export { unpackedContent } from './transport/unpacked-content.ts';
