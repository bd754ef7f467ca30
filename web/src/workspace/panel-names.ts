import { type Pin, titleWith } from '../market/view/pin.ts';
import { ALL_PAGES } from '../pages/pages.ts';
import { PANELS, type PanelName } from '../pages/panels.ts';
import { parsePanelId } from './layout/panel-id.ts';

export const isPanelName = (name: string): name is PanelName => Object.hasOwn(PANELS, name);

/** A panel of this release as a layout places it. */
export interface KnownPanel {
  readonly name: PanelName;
  readonly pin: Pin | null;
}

/** Null for what is no panel of this release. */
export function knownPanel(id: string): KnownPanel | null {
  const placed = parsePanelId(id);
  return placed !== null && isPanelName(placed.panel) ? { name: placed.panel, pin: placed.pin } : null;
}

/** With what it is pinned to. */
export function titleOf(id: string): string {
  const panel = knownPanel(id);
  return panel === null ? id : titleWith(PANELS[panel.name].title, panel.pin);
}

/** Whether a panel is about the market, so that it can be pinned to a part of it. */
export const canPin = (name: PanelName): boolean =>
  ALL_PAGES.some(({ apart, panels }) => apart !== true && panels.includes(name));

/** The panels by subject, which is the page that has them; of several the one that is about less. */
export function panelsBySubject(): readonly {
  readonly subject: string;
  readonly panels: readonly PanelName[];
}[] {
  const pages = ALL_PAGES.filter(({ panels }) => panels.length > 0);
  const left = new Set(Object.keys(PANELS));
  const narrowFirst = pages.toSorted((a, b) => Number(a.path === '/') - Number(b.path === '/'));
  const taken = new Map(
    narrowFirst.map(({ path, panels }) => [path, panels.filter((name) => left.delete(name))]),
  );
  return pages.map(({ path, title }) => ({ subject: title, panels: taken.get(path) ?? [] }));
}
