import type { SavedLayout } from './layout-store.ts';

const KEY = 'deltastream.workspace.begun';

/** From which version of what is saved under a name the layout of an address began; null as version where none was. */
export interface BegunVersions {
  /** Undefined where it did not begin from one in this tab, such as that of a link. */
  of(storeId: string, name: string, layout: string): number | null | undefined;
  keep(storeId: string, name: string, version: number | null, layout: string): void;
}

/** Kept by the tab, as its address is: what another device saves meanwhile is not what began here. */
export function createBegunVersions(storage: Pick<Storage, 'getItem' | 'setItem'>): BegunVersions {
  /** For where the storage keeps nothing. */
  const kept = new Map<string, string>();
  const keyOf = (storeId: string, name: string) => `${KEY}/${storeId}/${name}`;
  return {
    of(storeId, name, layout) {
      const key = keyOf(storeId, name);
      const [version, ...begun] = (kept.get(key) ?? storage.getItem(key) ?? '').split(' ');
      if (begun.join(' ') !== layout || !/^(none|\d+)$/.test(version)) return undefined;
      const number = Number(version);
      return version === 'none' ? null : Number.isSafeInteger(number) ? number : undefined;
    },
    keep(storeId, name, version, layout) {
      const [key, text] = [keyOf(storeId, name), `${version ?? 'none'} ${layout}`];
      kept.set(key, text);
      storage.setItem(key, text);
    },
  };
}

/**
 * Why what is saved under a name must not be replaced without asking: it was saved or deleted elsewhere since this
 * layout began from it, or this layout is another one, of a link. Null where it may.
 */
export type Unlike = 'changed elsewhere' | 'of a link' | null;

export function unlikeSaved(begun: number | null | undefined, saved: SavedLayout | null): Unlike {
  const version = saved?.version ?? null;
  if (begun === version) return null;
  if (begun !== undefined) return 'changed elsewhere';
  return version === null ? null : 'of a link';
}
