import { useEffect, useMemo, useRef } from 'react';
import { useLocation, useSearch } from 'wouter';
import { browserStorage } from '../platform/browser-storage.ts';
import type { Layout } from './layout/layout.ts';
import { formatLayout } from './layout/layout-text.ts';
import type { SavedLayout } from './saved/layout-store.ts';
import { DEFAULT_NAME, shippedLayout } from './saved/shipped.ts';
import { useSavedLayout } from './saved/use-layout-store.ts';
import { layoutOf, readWorkspace, type WorkspaceAddress, writeWorkspace } from './workspace-address.ts';

/** The workspace that is shown. Its layout stands in the address, so that a link or a reload shows the same. */
export interface Workspace {
  readonly layout: Layout;
  /** Null for one that came by a link. */
  readonly name: string | null;
  /** As the reader saved it; null where it is shipped, or of a link. */
  readonly saved: SavedLayout | null;
  /** It differs from what its name stands for. */
  readonly changed: boolean;
  /** Why it is not what the address or the storage says. */
  readonly notice: string | null;
  /** Shows `layout` in the place of this one, unsaved. */
  readonly arrange: (layout: Layout) => void;
  /** Shows what is saved under a name. */
  readonly open: (name: string) => void;
  /** The name of what is shown is another one from now on. */
  readonly rename: (name: string) => void;
}

const LAST = 'deltastream.workspace';

/** Null until it is known what the reader saved; until that is known of another name, the workspace before. */
export function useWorkspace(): Workspace | null {
  const search = useSearch();
  const [path, go] = useLocation();
  const { name: named, text: given } = readWorkspace(search);
  const name = named ?? (given === null ? (browserStorage.getItem(LAST) ?? DEFAULT_NAME) : null);
  const { data: saved = null, isPending, error } = useSavedLayout(name);
  const nameText = saved?.layout ?? (name === null ? null : shippedLayout(name));
  const failure = error?.message ?? null;
  const { layout, notice } = useMemo(
    () => layoutOf(name, given, nameText, failure),
    [name, given, nameText, failure],
  );

  // A reload and a link are to show what is shown now, whatever is saved under the name by then.
  const isOfName = given === null && nameText !== null && notice === null && !(name !== null && isPending);
  useEffect(() => {
    if (isOfName)
      go(`${path}${writeWorkspace(location.search, { name, text: nameText })}`, { replace: true });
  }, [isOfName, name, nameText, path, go]);

  const shown = useMemo((): Workspace | null => {
    if (name !== null && given === null && isPending) return null;
    const show = (changes: Partial<WorkspaceAddress>, replace: boolean) =>
      go(`${path}${writeWorkspace(location.search, changes)}`, { replace });
    return {
      layout,
      name,
      saved,
      changed: given !== null && !isPending && given !== nameText,
      notice,
      arrange: (next) => show({ name, text: formatLayout(next) }, true),
      open(next) {
        browserStorage.setItem(LAST, next);
        show({ name: next, text: null }, false);
      },
      rename(next) {
        browserStorage.setItem(LAST, next);
        show({ name: next, text: formatLayout(layout) }, true);
      },
    };
  }, [layout, notice, name, given, nameText, saved, isPending, path, go]);
  const before = useRef(shown);
  if (shown !== null) before.current = shown;
  return shown ?? before.current;
}

/** The address that shows a layout to anybody, whatever they saved under which name. */
export const linkTo = (layout: Layout): string =>
  location.origin +
  location.pathname +
  writeWorkspace(location.search, { name: null, text: formatLayout(layout) });
