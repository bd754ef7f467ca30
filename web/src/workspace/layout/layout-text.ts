import {
  canonical,
  type Direction,
  type Group,
  isGroup,
  type Layout,
  type Node,
  type Part,
  panelsOf,
} from './layout.ts';
import { parsePanelId } from './panel-id.ts';

/**
 * A layout as it stands in an address and in storage, in characters that an address need not escape. The version comes
 * first, then each node before its parts: `R2` is a row and `C2` a column of two, each part its share in percent and
 * its node; a group is its panels, of which `*` marks the one that is seen unless it is the first. Version 2 is that of
 * layouts with panels that are pinned; the others keep 1, which releases without pins read.
 *
 *     1.R2.60.chain.40.C2.50.smile_*surface.50.oi-profile
 *
 * A layout without panels is `1`.
 */
export function formatLayout(layout: Layout): string {
  const version = panelsOf(layout).some(isPinned) ? WITH_PINS : WITHOUT_PINS;
  return [version, ...(layout === null ? [] : tokensOf(layout))].join('.');
}

const WITHOUT_PINS = '1';
const WITH_PINS = '2';
const isPinned = (id: string): boolean => id.includes('*');
const MARKS = { row: 'R', column: 'C' } as const;
const DIRECTIONS: Readonly<Record<string, Direction>> = { R: 'row', C: 'column' };

/** Bounds of what a link may ask for: what every browser and proxy passes on, and more panels than a screen has room for. */
export const MOST_CHARACTERS = 2_000;
const MOST_PANELS = 40; // More than a reader follows, pinned ones of a kind included.
/** What a panel adds beside its name, at most: a dot, a mark, and of a split that it makes `R2`, two shares and three dots. */
const MOST_BESIDE_NAME = 11;

/** Whether so many panels have a place in a layout, however they are arranged. */
export const haveRoom = (panels: readonly string[]): boolean =>
  panels.length <= MOST_PANELS &&
  panels.reduce((sum, id) => sum + id.length + MOST_BESIDE_NAME, WITH_PINS.length) <= MOST_CHARACTERS;

function tokensOf(node: Node): readonly string[] {
  if (isGroup(node)) {
    const { tabs, active } = node;
    return [tabs.map((name, i) => (name === active && i > 0 ? `*${name}` : name)).join('_')];
  }
  const parts = node.parts.flatMap((part) => [String(part.share), ...tokensOf(part.node)]);
  return [`${MARKS[node.direction]}${node.parts.length}`, ...parts];
}

export type ParsedLayout =
  /** `unknown` are panels that this release does not have, which are left out. */
  { readonly layout: Layout; readonly unknown: readonly string[] } | { readonly refused: string };

/** Reads what `formatLayout` wrote, or anybody; it is refused with what is wrong with it, and never throws. */
export function parseLayout(text: string, isKnown: (panel: string) => boolean): ParsedLayout {
  try {
    return readLayout(text, isKnown);
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}

class Refusal extends Error {}

function readLayout(text: string, isKnown: (panel: string) => boolean): ParsedLayout {
  if (text.length > MOST_CHARACTERS) {
    throw new Refusal(`it has ${text.length} characters, and at most ${MOST_CHARACTERS} are read`);
  }
  const [version, ...tokens] = text.split('.');
  if (!/^\d{1,4}$/.test(version)) throw new Refusal('it does not begin with its version, such as "1."');
  if (version !== WITHOUT_PINS && version !== WITH_PINS) {
    throw new Refusal(`it is of version ${version}, and this release reads ${WITHOUT_PINS} and ${WITH_PINS}`);
  }
  const seen = new Set<string>();
  const unknown: string[] = [];
  let at = 0;

  function readNode(): Layout {
    const token = tokens[at++];
    if (token === undefined) throw new Refusal('it ends before its last part');
    const split = /^([RC])(\d{1,2})$/.exec(token);
    return split ? readSplit(DIRECTIONS[split[1]], Number(split[2])) : readGroup(token);
  }

  function readSplit(direction: Direction, count: number): Layout {
    if (count < 2) throw new Refusal(`a ${direction} has ${count} parts, and needs 2 or more`);
    const parts: Part[] = [];
    let total = 0;
    for (let part = 0; part < count; part++) {
      const share = tokens[at++] ?? '';
      if (!/^[1-9]\d?$/.test(share))
        throw new Refusal(`"${shown(share)}" is not a share from 1 to 99 percent`);
      total += Number(share);
      const node = readNode();
      if (node !== null) parts.push({ share: Number(share), node });
    }
    if (total !== 100) throw new Refusal(`the shares of a ${direction} add up to ${total} percent`);
    return { direction, parts };
  }

  function readGroup(token: string): Group | null {
    const tabs: string[] = [];
    const marked: string[] = [];
    for (const tab of token.split('_')) {
      const mark = tab.startsWith('*');
      const name = mark ? tab.slice(1) : tab;
      const placed = parsePanelId(name);
      if (placed === null || (placed.pin !== null && version !== WITH_PINS))
        throw new Refusal(`"${shown(tab)}" is not the name of a panel`);
      if (seen.has(name)) throw new Refusal(`the panel ${name} stands in it twice`);
      seen.add(name);
      if (mark) marked.push(name);
      (isKnown(placed.panel) ? tabs : unknown).push(name);
    }
    if (marked.length > 1) throw new Refusal(`${marked.join(' and ')} are both seen in one group`);
    if (seen.size > MOST_PANELS) throw new Refusal(`it has more than ${MOST_PANELS} panels`);
    return tabs.length === 0 ? null : { tabs, active: tabs.find((name) => name === marked[0]) ?? tabs[0] };
  }

  const layout = tokens.length === 0 ? null : readNode();
  if (at < tokens.length) throw new Refusal(`"${shown(tokens[at])}" follows after its end`);
  return { layout: canonical(layout), unknown };
}

/** So much of what anybody may have written that it can be recognised. */
const shown = (text: string): string => (text.length <= 24 ? text : `${text.slice(0, 24)}…`);
