import { ALL_PAGES, PANELS, type PanelName } from '../pages/pages.ts';

export const isPanelName = (name: string): name is PanelName => Object.hasOwn(PANELS, name);

export const titleOf = (panel: string): string => (isPanelName(panel) ? PANELS[panel].title : panel);

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
