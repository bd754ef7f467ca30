/** A workspace as it was saved last. */
export interface SavedLayout {
  /** As `formatLayout` writes it; anybody may have written what is stored, so it is read by `parseLayout`. */
  readonly layout: string;
  /** Another one after each change. */
  readonly version: number;
}

/** Why a workspace is not replaced by what began from an earlier version of it. */
export const changedElsewhere = (name: string): Error =>
  new Error(
    `The workspace ${name} was saved or deleted elsewhere since it was opened here, so that nothing was changed. “Undo changes” shows what is there now; the same once more asks whether to replace it.`,
  );

/** The workspaces of one reader by name. Rejects with what went wrong and what to do. */
export interface LayoutStore {
  /** Tells the stores of readers apart, for what is cached of them. */
  readonly id: string;
  names(): Promise<readonly string[]>;
  /** Null where there is none of that name. */
  read(name: string): Promise<SavedLayout | null>;
  /** `replaces` is the version that the layout began from, null for a new one; rejects with `changedElsewhere` where another one is stored by now. */
  write(name: string, layout: string, replaces: number | null): Promise<SavedLayout>;
  remove(name: string, version: number): Promise<void>;
}
