import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useState } from 'react';

/** What a key does. */
export interface KeyBinding {
  /** As `KeyboardEvent.key`; two in sequence by a space: `g c`; with Ctrl, or Cmd on a Mac: `Mod+k`. */
  readonly keys: string;
  readonly does: string;
}

interface Action {
  readonly binding: KeyBinding;
  readonly run: () => void;
}

interface Registry {
  readonly bound: readonly KeyBinding[];
  add(binding: KeyBinding, run: () => void): () => void;
}

const KeysContext = createContext<Registry | null>(null);

/** Within this time the second key of a sequence must follow. */
const SEQUENCE_MS = 1_000;

/**
 * Runs what the keys of the page are bound to. Keys typed into a field or while a dialog is open are not the page's,
 * nor are those with a modifier, except `Mod+...`, which is bound everywhere.
 */
export function KeysProvider({ children }: { readonly children: ReactNode }) {
  const [actions] = useState(() => new Map<string, Action>());
  const [bound, setBound] = useState<readonly KeyBinding[]>([]);

  useEffect(() => {
    let before: { key: string; at: number } | null = null;
    function pressed(event: KeyboardEvent): void {
      if (event.altKey) return;
      if (event.ctrlKey || event.metaKey) {
        if (!event.shiftKey) run(actions.get(`Mod+${event.key.toLowerCase()}`), event);
        return;
      }
      if (isField(event.target) || document.querySelector('dialog:modal')) return;
      const follows = before !== null && event.timeStamp - before.at < SEQUENCE_MS;
      const found = (follows && actions.get(`${before?.key} ${event.key}`)) || actions.get(event.key);
      before = found ? null : { key: event.key, at: event.timeStamp };
      run(found, event);
    }
    function run(found: Action | undefined, event: KeyboardEvent): void {
      if (!found) return;
      event.preventDefault();
      found.run();
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [actions]);

  const registry = useMemo(
    (): Registry => ({
      bound,
      add(binding, run) {
        const action = { binding, run };
        actions.set(binding.keys, action);
        const tell = () => setBound([...actions.values()].map((each) => each.binding));
        tell();
        return () => {
          if (actions.get(binding.keys) === action) actions.delete(binding.keys);
          tell();
        };
      },
    }),
    [actions, bound],
  );
  return <KeysContext value={registry}>{children}</KeysContext>;
}

function useRegistry(): Registry {
  const registry = use(KeysContext);
  if (!registry) throw new Error('keys are used outside KeysProvider');
  return registry;
}

/** Binds a key, or a sequence of two, while the component is there. */
export function useKey(keys: string, does: string, run: () => void): void {
  const { add } = useRegistry();
  const runNow = useEffectEvent(run);
  const [addOnce] = useState(() => add);
  useEffect(() => addOnce({ keys, does }, () => runNow()), [addOnce, keys, does]);
}

/** Every key that is bound now, for the list of keys. */
export const useBoundKeys = (): readonly KeyBinding[] => useRegistry().bound;

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== 'checkbox'));
