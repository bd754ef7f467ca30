import type { RecordingLimits } from './transport/recording-limits.ts';

/** What the caller says of a recording, and how it is to be read. */
export interface RecordingOptions {
  /** Product of a recording whose content does not name it; by default the start of the file's name says it. */
  readonly product?: string;
  /** Expiry 'YYYY-MM-DD' of pages that do not name theirs. */
  readonly expiry?: string;
  /** Instant of a recording that does not say when it is from, epoch ms; others keep their own. */
  readonly recordedAt?: number;
  /** `RECORDING_LIMITS` by default. */
  readonly limits?: Partial<RecordingLimits>;
  /** False where the file was named by somebody who may not choose files of this machine; true. */
  readonly followLinks?: boolean;
  /** Ends what is being read, at the opening too. */
  readonly signal?: AbortSignal;
  /** How messages call an option that helps; by default its name here. */
  readonly settingName?: (setting: RecordingSetting) => string;
}

/** An option that a message may ask the caller to give or to raise. */
export type RecordingSetting = 'product' | 'expiry' | 'recordedAt' | keyof RecordingLimits;

/** How messages call what is said of a recording. */
export function saidBy(
  { settingName }: Pick<RecordingOptions, 'settingName'>,
  setting: 'product' | 'expiry' | 'recordedAt',
): string {
  return settingName?.(setting) ?? `the option ${setting}`;
}
