import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useState } from 'react';
import { usePreferences } from '../preferences/use-preferences.tsx';
import { createKeySequence } from './key-sequence.ts';

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
  /** Does what a key does. */
  run(keys: string): void;
  add(binding: KeyBinding, run: () => void): () => void;
}

const KeysContext = createContext<Registry | null>(null);

/**
 * Runs what the keys of the page are bound to. Keys typed into a field or while a dialog is open are not the page's,
 * nor are those with a modifier, except `Mod+...`, which is bound everywhere. A reader may switch the others off.
 */
export function KeysProvider({ children }: { readonly children: ReactNode }) {
  const [actions] = useState(() => new Map<string, Action>());
  const [bound, setBound] = useState<readonly KeyBinding[]>([]);
  const single = usePreferences().preferences.keys === 'on';

  useEffect(() => {
    const sequence = createKeySequence((keys) => actions.has(keys));
    function pressed(event: KeyboardEvent): void {
      const isPages = !isField(event.target) && document.querySelector('dialog:modal') === null;
      const keys = sequence.pressed(event, single && isPages);
      if (keys === null) return;
      event.preventDefault();
      actions.get(keys)?.run();
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [actions, single]);

  const registry = useMemo(
    (): Registry => ({
      bound,
      run: (keys) => actions.get(keys)?.run(),
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

/** Does what a key does, for readers who choose it by name. */
export const useRunKey = (): ((keys: string) => void) => useRegistry().run;

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== 'checkbox'));
