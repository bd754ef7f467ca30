import type { Orientation, SerializedDockview } from 'dockview-react';
import { canonical, type Direction, isGroup, type Layout, type Node } from './layout.ts';

type GridNode = SerializedDockview['grid']['root'];
interface Size {
  readonly width: number;
  readonly height: number;
}

/** The component that dockview draws every panel with. */
export const PANEL_COMPONENT = 'panel';

/** A layout as dockview loads it into `size` pixels. */
export function toDock(layout: Layout, size: Size, titleOf: (panel: string) => string): SerializedDockview {
  const panels: SerializedDockview['panels'] = {};
  let groups = 0;
  function gridNode(node: Node, along: number, across: number): GridNode {
    if (isGroup(node)) {
      for (const id of node.tabs) panels[id] = { id, title: titleOf(id), contentComponent: PANEL_COMPONENT };
      const data = { id: `group-${groups++}`, views: [...node.tabs], activeView: node.active };
      return { type: 'leaf', data, size: along };
    }
    const data = node.parts.map(({ share, node: inner }) => gridNode(inner, (share / 100) * across, along));
    return { type: 'branch', data, size: along };
  }
  const { width, height } = size;
  const direction = layout === null || isGroup(layout) ? 'row' : layout.direction;
  const [along, across] = direction === 'row' ? [height, width] : [width, height];
  const root: Node | null =
    layout === null || !isGroup(layout) ? layout : { direction, parts: [{ share: 100, node: layout }] };
  return {
    grid: {
      root: root === null ? { type: 'branch', data: [], size: along } : gridNode(root, along, across),
      width,
      height,
      orientation: (direction === 'row' ? 'HORIZONTAL' : 'VERTICAL') as Orientation,
    },
    panels,
  };
}

/** What dockview shows now. */
export function fromDock({ grid }: SerializedDockview): Layout {
  function nodeOf({ type, data }: GridNode, direction: Direction): Layout {
    if (type === 'leaf') {
      const { views, activeView } = data as { views: readonly string[]; activeView?: string };
      return views.length === 0 ? null : { tabs: views, active: activeView ?? views[0] };
    }
    const inner = direction === 'row' ? 'column' : 'row';
    const parts = (data as GridNode[]).flatMap((each) => {
      const node = nodeOf(each, inner);
      return node === null ? [] : [{ share: each.size ?? 0, node }];
    });
    const total = parts.reduce((sum, { share }) => sum + share, 0);
    return { direction, parts: parts.map((part) => ({ ...part, share: (100 * part.share) / (total || 1) })) };
  }
  return canonical(nodeOf(grid.root, grid.orientation === 'HORIZONTAL' ? 'row' : 'column'));
}
