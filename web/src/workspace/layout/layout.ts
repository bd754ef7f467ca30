/** How a workspace is arranged: groups of tabs, beside each other in rows and below each other in columns. */

/** Panels by name, of which one is seen. */
export interface Group {
  readonly tabs: readonly string[];
  /** One of `tabs`. */
  readonly active: string;
}

export type Direction = 'row' | 'column';

export interface Part {
  /** Percent of the row's width, or of the column's height. */
  readonly share: number;
  readonly node: Node;
}

export interface Split {
  readonly direction: Direction;
  readonly parts: readonly Part[];
}

export type Node = Group | Split;

/**
 * Null has no panel. In canonical form, which all functions of this folder return, no group is empty, no panel stands
 * twice, a split has two parts or more, no part of a row is a row, nor of a column a column, and shares are integers
 * that add up to 100.
 */
export type Layout = Node | null;

export const isGroup = (node: Node): node is Group => 'tabs' in node;

export const singleGroup = (name: string): Group => ({ tabs: [name], active: name });

/** From left to right and from top to bottom. */
export function groupsOf(layout: Layout): readonly Group[] {
  if (layout === null) return [];
  return isGroup(layout) ? [layout] : layout.parts.flatMap(({ node }) => groupsOf(node));
}

/** Every panel in the order in which it is read. */
export const panelsOf = (layout: Layout): readonly string[] => groupsOf(layout).flatMap(({ tabs }) => tabs);

export const groupOf = (layout: Layout, panel: string): Group | null =>
  groupsOf(layout).find(({ tabs }) => tabs.includes(panel)) ?? null;

/** Each group as `change` returns it, null without it; in canonical form. */
export function mapGroups(layout: Layout, change: (group: Group) => Layout): Layout {
  return layout === null ? null : canonical(mapped(layout, change));
}

function mapped(node: Node, change: (group: Group) => Layout): Layout {
  if (isGroup(node)) return change(node);
  const parts = node.parts.flatMap(({ share, node: inner }) => {
    const changed = mapped(inner, change);
    return changed === null ? [] : [{ share, node: changed }];
  });
  return parts.length === 0 ? null : { ...node, parts };
}

/** The same arrangement in the form that `Layout` describes; groups are taken as they are. */
export function canonical(layout: Layout): Layout {
  if (layout === null || isGroup(layout)) return layout;
  const { direction } = layout;
  const parts = layout.parts.flatMap(({ share, node }): readonly Part[] => {
    const inner = canonical(node);
    if (inner === null) return [];
    if (isGroup(inner) || inner.direction !== direction) return [{ share, node: inner }];
    return inner.parts.map((part) => ({ share: (share * part.share) / 100, node: part.node }));
  });
  if (parts.length < 2) return parts[0]?.node ?? null;
  const shares = percentages(parts.map(({ share }) => share));
  return { direction, parts: parts.map(({ node }, i) => ({ share: shares[i], node })) };
}

/** Sizes as integers of 1 or more that add up to 100, by largest remainder; at most 100 sizes. */
export function percentages(sizes: readonly number[]): readonly number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (total > 0 ? (100 * size) / total : 100 / sizes.length));
  const shares = exact.map((share) => Math.max(1, Math.floor(share)));
  let left = 100 - shares.reduce((sum, share) => sum + share, 0);
  while (left !== 0) {
    const step = Math.sign(left);
    const due = shares.map((share, i) =>
      share + step < 1 ? Number.NEGATIVE_INFINITY : step * (exact[i] - share),
    );
    shares[due.indexOf(Math.max(...due))] += step;
    left -= step;
  }
  return shares;
}

/** Whether both have the same panels at the same places, with the same ones seen; whatever their sizes. */
export function sameArrangement(a: Layout, b: Layout): boolean {
  if (a === null || b === null) return a === b;
  if (isGroup(a) || isGroup(b)) {
    return isGroup(a) && isGroup(b) && a.active === b.active && a.tabs.join() === b.tabs.join();
  }
  return (
    a.direction === b.direction &&
    a.parts.length === b.parts.length &&
    a.parts.every(({ node }, i) => sameArrangement(node, b.parts[i].node))
  );
}
