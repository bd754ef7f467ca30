import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { browserStorage, tabStorage } from '../platform/browser-storage.ts';
import type { Layout } from './layout/layout.ts';
import { formatLayout } from './layout/layout-text.ts';
import { createBegunVersions, type Unlike, unlikeSaved } from './saved/begun-versions.ts';
import type { SavedLayout } from './saved/layout-store.ts';
import { DEFAULT_NAME, shippedLayout } from './saved/shipped.ts';
import { useLayoutStore, useSavedLayout } from './saved/use-layout-store.ts';
import { layoutOf, readWorkspace, type WorkspaceAddress, writeWorkspace } from './workspace-address.ts';

/** The workspace that is shown. Its layout stands in the address, so that a link or a reload shows the same. */
export interface Workspace {
  readonly layout: Layout;
  /** Null for one that came by a link. */
  readonly name: string | null;
  /** As the reader saved it; null where it is shipped, or of a link. */
  readonly saved: SavedLayout | null;
  /** The version of it that the layout began from; null where none was saved. */
  readonly begun: number | null;
  /** Why the layout must not replace what is saved without asking. */
  readonly unlike: Unlike;
  /** It differs from what its name stands for, or its link. */
  readonly changed: boolean;
  /** Why it is not what the address or the storage says. */
  readonly notice: string | null;
  /** Shows `layout` in the place of this one, unsaved. */
  readonly arrange: (layout: Layout) => void;
  /** Shows what is saved under a name. */
  readonly open: (name: string) => void;
  /** Shows what its name stands for, or its link. */
  readonly undo: () => void;
  /** What is shown begins from this version of what is saved under a name, from now on. */
  readonly keepBegun: (name: string, version: number) => void;
  /** The name of what is shown is another one from now on. */
  readonly rename: (name: string) => void;
}

const begunVersions = createBegunVersions(tabStorage);

/** Null until it is known what the reader saved; until that is known of another name, the workspace before. */
export function useWorkspace(): Workspace | null {
  const search = useSearch();
  const [path, go] = useLocation();
  const { id } = useLayoutStore();
  const { name: named, text: given } = readWorkspace(search);
  const remembered = useRemembered(id, named === null && given === null);
  const name = named ?? (given === null ? (remembered ?? DEFAULT_NAME) : null);
  const { data: saved = null, isPending, isFetching, error } = useSavedLayout(name);
  const nameText = saved?.layout ?? (name === null ? null : shippedLayout(name));
  const failure = error?.message ?? null;
  const { layout, notice } = useMemo(
    () => layoutOf(name, given, nameText, failure),
    [name, given, nameText, failure],
  );
  // What was read before may be old by now.
  const isAwaited = name !== null && given === null && (isPending || isFetching);

  // A reload and a link are to show what is shown now, whatever is saved under the name by then.
  const isOfName = given === null && nameText !== null && notice === null && !isAwaited;
  useEffect(() => {
    if (isOfName)
      go(`${path}${writeWorkspace(location.search, { name, text: nameText })}`, { replace: true });
  }, [isOfName, name, nameText, path, go]);

  const isKnown = name !== null && !isPending && failure === null;
  const isAsSaved = isKnown && !isAwaited && (given === null || given === nameText);
  const version = saved?.version ?? null;
  useEffect(() => {
    if (isAsSaved && name !== null) begunVersions.keep(id, name, version, nameText ?? '');
  }, [isAsSaved, id, name, nameText, version]);
  const begun = isAsSaved || name === null ? version : begunVersions.of(id, name, given ?? '');

  const [link, setLink] = useState<string | null>(null);
  if (name === null && link === null) setLink(given);

  const shown = useMemo((): Workspace | null => {
    if (isAwaited) return null;
    const show = (changes: Partial<WorkspaceAddress>, replace: boolean) =>
      go(`${path}${writeWorkspace(location.search, changes)}`, { replace });
    const open = (next: string) => {
      browserStorage.setItem(lastKey(id), next);
      show({ name: next, text: null }, false);
    };
    return {
      layout,
      name,
      saved,
      begun: begun ?? null,
      unlike: isKnown ? unlikeSaved(begun, saved) : null,
      changed: name === null ? given !== link : given !== null && !isPending && given !== nameText,
      notice,
      arrange(next) {
        const text = formatLayout(next);
        if (name !== null && begun !== undefined) begunVersions.keep(id, name, begun, text);
        show({ name, text }, true);
      },
      open,
      undo: () => (name === null ? show({ text: link }, true) : open(name)),
      keepBegun: (of, from) => begunVersions.keep(id, of, from, readWorkspace(location.search).text ?? ''),
      rename(next) {
        browserStorage.setItem(lastKey(id), next);
        show({ name: next, text: formatLayout(layout) }, true);
      },
    };
  }, [
    layout,
    notice,
    name,
    given,
    nameText,
    saved,
    begun,
    link,
    id,
    isAwaited,
    isKnown,
    isPending,
    path,
    go,
  ]);
  const before = useRef(shown);
  if (shown !== null) before.current = shown;
  return shown ?? before.current;
}

const LAST = 'deltastream.workspace';

/** The name opened last is of a reader, as their workspaces are. */
const lastKey = (storeId: string): string => (storeId === 'browser' ? LAST : `${LAST}.${storeId}`);

/** The name opened last, unless nothing is saved under it any more. */
function useRemembered(storeId: string, isAsked: boolean): string | null {
  const name = isAsked ? browserStorage.getItem(lastKey(storeId)) : null;
  const { data, isFetching, error } = useSavedLayout(name);
  const isGone = data === null && !isFetching && error === null;
  return name !== null && isGone && shippedLayout(name) === null ? null : name;
}

/** The address that shows a layout to anybody, whatever they saved under which name. */
export const linkTo = (layout: Layout): string =>
  location.origin +
  location.pathname +
  writeWorkspace(location.search, { name: null, text: formatLayout(layout) });
