import {
  canonical,
  type Direction,
  type Group,
  groupOf,
  isGroup,
  type Layout,
  mapGroups,
  type Node,
  type Part,
  panelsOf,
  percentages,
  sameArrangement,
  singleGroup,
} from './layout.ts';
import { areasOf, neighbourOf, type Side } from './layout-areas.ts';

/** The smallest share that a step of resizing leaves, in percent. */
const LEAST_SHARE = 5;
/** The share of the workspace that a panel moved to its edge takes. */
const EDGE_SHARE = 30;

/** With a panel more, which takes half of the largest group's place; one that is there already is brought to the front. */
export function addPanel(layout: Layout, panel: string): Layout {
  if (layout === null) return singleGroup(panel);
  if (groupOf(layout, panel)) return showTab(layout, panel);
  const [largest] = areasOf(layout).toSorted((a, b) => b.width * b.height - a.width * a.height);
  const side = largest.width > largest.height ? 'right' : 'below';
  return placeBeside(layout, largest.group.active, panel, side);
}

/** Without the panel; of its group the tab after it is seen, else the one before. */
export function closePanel(layout: Layout, panel: string): Layout {
  return mapGroups(layout, (group) => {
    const at = group.tabs.indexOf(panel);
    if (at < 0) return group;
    const tabs = group.tabs.filter((tab) => tab !== panel);
    if (tabs.length === 0) return null;
    return { tabs, active: group.active === panel ? tabs[Math.min(at, tabs.length - 1)] : group.active };
  });
}

/** With another panel at the place of `panel`; the layout as it is where that one stands in it already. */
export function replacePanel(layout: Layout, panel: string, by: string): Layout {
  if (groupOf(layout, by)) return layout;
  const other = (tab: string) => (tab === panel ? by : tab);
  return mapGroups(layout, ({ tabs, active }) => ({ tabs: tabs.map(other), active: other(active) }));
}

export const showTab = (layout: Layout, panel: string): Layout =>
  mapGroups(layout, (group) => (group.tabs.includes(panel) ? { ...group, active: panel } : group));

/**
 * Moves a panel one place to a side: out of its tabs, beside them; else past the group that is next to it there; else
 * to that edge of the workspace.
 */
export function movePanel(layout: Layout, panel: string, side: Side): Layout {
  const group = groupOf(layout, panel);
  if (layout === null || group === null) return layout;
  const rest = closePanel(layout, panel);
  const others = group.tabs.filter((tab) => tab !== panel);
  if (others.length > 0) return placeBeside(rest, others[0], panel, side);
  const neighbour = neighbourOf(layout, group, side);
  if (neighbour) return swapped(layout, group, neighbour) ?? placeBeside(rest, neighbour.active, panel, side);
  const moved = placeAtEdge(rest, panel, side);
  return sameArrangement(moved, layout) ? layout : moved;
}

/** Two groups that are next to each other in one row or column change places with their sizes; null for others. */
function swapped(node: Node, a: Group, b: Group): Node | null {
  if (isGroup(node)) return null;
  const { parts } = node;
  const [from, to] = [a, b].map((group) => parts.findIndex((part) => part.node === group));
  if (from >= 0 && to >= 0) return { ...node, parts: parts.with(from, parts[to]).with(to, parts[from]) };
  for (const [i, part] of parts.entries()) {
    const inner = swapped(part.node, a, b);
    if (inner !== null) return { ...node, parts: parts.with(i, { ...part, node: inner }) };
  }
  return null;
}

/** Into the group of `beside`, as its last tab. */
export function joinTabs(layout: Layout, panel: string, beside: string): Layout {
  if (groupOf(layout, panel)?.tabs.includes(beside)) return layout;
  return mapGroups(closePanel(layout, panel), (group) =>
    group.tabs.includes(beside) ? { tabs: [...group.tabs, panel], active: panel } : group,
  );
}

/** One place further to the front or to the end of its tabs. */
export function shiftTab(layout: Layout, panel: string, by: -1 | 1): Layout {
  const own = groupOf(layout, panel);
  const from = own?.tabs.indexOf(panel) ?? -1;
  const to = from + by;
  if (own === null || to < 0 || to >= own.tabs.length) return layout;
  const tabs = own.tabs.toSpliced(from, 1).toSpliced(to, 0, panel);
  return mapGroups(layout, (group) => (group === own ? { ...group, tabs } : group));
}

/** The panel's group wider or narrower (`row`), taller or lower (`column`) by percent of the row or column it is in. */
export function resizePanel(layout: Layout, panel: string, direction: Direction, by: number): Layout {
  if (layout === null) return layout;
  const { node, done } = resized(layout, panel, direction, by);
  return done ? canonical(node) : layout;
}

interface Resized {
  readonly node: Node;
  /** A row or column inside has made room already. */
  readonly done: boolean;
}

function resized(node: Node, panel: string, direction: Direction, by: number): Resized {
  if (isGroup(node)) return { node, done: false };
  const at = node.parts.findIndex((part) => panelsOf(part.node).includes(panel));
  if (at < 0) return { node, done: false };
  const inner = resized(node.parts[at].node, panel, direction, by);
  const parts = node.parts.with(at, { ...node.parts[at], node: inner.node });
  if (inner.done || node.direction !== direction) return { node: { ...node, parts }, done: inner.done };
  return { node: { ...node, parts: withShare(parts, at, by) }, done: true };
}

function withShare(parts: readonly Part[], at: number, by: number): readonly Part[] {
  const before = parts[at].share;
  const most = 100 - LEAST_SHARE * (parts.length - 1);
  const share = Math.min(Math.max(before + by, LEAST_SHARE), most);
  const shares = percentages(
    parts.map((part, i) => (i === at ? share : (part.share * (100 - share)) / (100 - before))),
  );
  return parts.map((part, i) => ({ ...part, share: shares[i] }));
}

function placeBeside(layout: Layout, beside: string, panel: string, side: Side): Layout {
  return mapGroups(layout, (group) =>
    group.tabs.includes(beside) ? splitOf(group, panel, side, 50) : group,
  );
}

const placeAtEdge = (layout: Layout, panel: string, side: Side): Layout =>
  layout === null ? singleGroup(panel) : canonical(splitOf(layout, panel, side, EDGE_SHARE));

function splitOf(node: Node, panel: string, side: Side, share: number): Node {
  const placed = { share, node: singleGroup(panel) };
  const rest = { share: 100 - share, node };
  return {
    direction: side === 'left' || side === 'right' ? 'row' : 'column',
    parts: side === 'left' || side === 'above' ? [placed, rest] : [rest, placed],
  };
}
