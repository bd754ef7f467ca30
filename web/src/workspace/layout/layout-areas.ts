import { type Group, isGroup, type Layout } from './layout.ts';

export type Side = 'left' | 'right' | 'above' | 'below';

/** Where a group lies: the workspace is `ASPECT` wide and 1 high. */
export interface Area {
  readonly group: Group;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of a usual screen; the arrangement is the same on each. */
const ASPECT = 1.6;
/** Of sums of shares, which are not exact. */
const ROUNDING = 1e-9;

export function areasOf(layout: Layout): readonly Area[] {
  return layout === null ? [] : within(layout, { left: 0, top: 0, width: ASPECT, height: 1 });
}

function within(node: NonNullable<Layout>, place: Omit<Area, 'group'>): readonly Area[] {
  if (isGroup(node)) return [{ ...place, group: node }];
  let before = 0;
  return node.parts.flatMap(({ share, node: inner }) => {
    const from = before / 100;
    before += share;
    return within(
      inner,
      node.direction === 'row'
        ? { ...place, left: place.left + from * place.width, width: (share / 100) * place.width }
        : { ...place, top: place.top + from * place.height, height: (share / 100) * place.height },
    );
  });
}

/** The group that touches `group` on that side; of several the one with the longest common border, then the first. */
export function neighbourOf(layout: Layout, group: Group, side: Side): Group | null {
  const areas = areasOf(layout);
  const own = areas.find((area) => area.group === group);
  if (own === undefined) return null;
  let best: Area | null = null;
  let longest = ROUNDING;
  for (const area of areas) {
    const border = touches(own, area, side) ? commonBorder(own, area, side) : 0;
    if (border <= longest + (best ? ROUNDING : 0)) continue;
    best = area;
    longest = border;
  }
  return best?.group ?? null;
}

function touches(own: Area, other: Area, side: Side): boolean {
  const gap = {
    left: own.left - (other.left + other.width),
    right: other.left - (own.left + own.width),
    above: own.top - (other.top + other.height),
    below: other.top - (own.top + own.height),
  }[side];
  return Math.abs(gap) < ROUNDING;
}

function commonBorder(own: Area, other: Area, side: Side): number {
  return side === 'left' || side === 'right'
    ? Math.min(own.top + own.height, other.top + other.height) - Math.max(own.top, other.top)
    : Math.min(own.left + own.width, other.left + other.width) - Math.max(own.left, other.left);
}
