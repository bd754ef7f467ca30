/** What of a keyboard event tells which key it is. */
export interface PressedKey {
  readonly key: string;
  readonly timeStamp: number;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Within this time the second key of a sequence must follow. */
const SEQUENCE_MS = 1_000;

/** Tells keys as they are bound, `Mod+k`, `g c` or `l`, of keys as they are pressed. */
export function createKeySequence(isBound: (keys: string) => boolean) {
  let before: { readonly key: string; readonly at: number } | null = null;
  return {
    /**
     * The keys that are bound and now complete, null for none. `single` is false where only those with Ctrl or Cmd are
     * the page's: in fields, over dialogs, and for readers who switched the others off (WCAG 2.1.4).
     */
    pressed(event: PressedKey, single: boolean): string | null {
      const { key, timeStamp } = event;
      if (event.altKey) return null;
      if (event.ctrlKey || event.metaKey) {
        const keys = `Mod+${key.toLowerCase()}`;
        return !event.shiftKey && isBound(keys) ? keys : null;
      }
      if (!single) return null;
      const follows = before !== null && timeStamp - before.at < SEQUENCE_MS;
      const sequence = `${before?.key} ${key}`;
      const found = follows && isBound(sequence) ? sequence : isBound(key) ? key : null;
      before = found === null ? { key, at: timeStamp } : null;
      return found;
    },
  };
}
