/**
 * One thing that a part of the platform needs in order to do its work, as it stands now. `reason` is null
 * while all is well and known, and otherwise says what is wrong, or not known, and what to do.
 */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string | null;
  /** It is about other services, which tell of themselves. */
  readonly aboutOthers?: true;
}
