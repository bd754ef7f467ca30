import type { Layout } from './layout/layout.ts';
import { parseLayout } from './layout/layout-text.ts';
import { isPanelName } from './panel-names.ts';
import { DEFAULT_NAME, SHIPPED } from './saved/shipped.ts';

/** What an address says of the workspace that is shown. */
export interface WorkspaceAddress {
  /** The name that it is saved under. */
  readonly name: string | null;
  /** Its layout, as `formatLayout` wrote it or anybody. */
  readonly text: string | null;
}

export function readWorkspace(search: string): WorkspaceAddress {
  const query = new URLSearchParams(search);
  return { name: query.get('workspace') || null, text: query.get('layout') };
}

/** The query with `changes` made; what others keep there stays. */
export function writeWorkspace(search: string, changes: Partial<WorkspaceAddress>): string {
  const query = new URLSearchParams(search);
  const values = { workspace: changes.name, layout: changes.text };
  for (const [key, value] of Object.entries(values)) {
    if (value === null) query.delete(key);
    else if (value !== undefined) query.set(key, value);
  }
  return `?${query}`;
}

/**
 * What is shown: the layout of the address, else the one of the name, else the default one and why. `failure` is why it
 * is not known what the name stands for.
 */
export function layoutOf(
  name: string | null,
  given: string | null,
  ofName: string | null,
  failure: string | null = null,
): { readonly layout: Layout; readonly notice: string | null } {
  const text = given ?? ofName;
  if (given === null && failure !== null)
    return byDefault(`The workspace “${name}” cannot be read: ${failure.replace(/\.$/, '')}.`);
  if (text === null) return byDefault(`There is no workspace called “${name}” here.`);
  const parsed = parseLayout(text, isPanelName);
  if ('refused' in parsed) {
    const what = given === null ? `The workspace “${name}”` : 'The layout in the address';
    return byDefault(`${what} cannot be shown: ${parsed.refused}.`);
  }
  const { layout, unknown } = parsed;
  const left = unknown.join(', ');
  return {
    layout,
    notice: left === '' ? null : `Left out, as this release has no panel of that name: ${left}.`,
  };
}

function byDefault(why: string) {
  const parsed = parseLayout(SHIPPED[DEFAULT_NAME], isPanelName);
  const layout = 'refused' in parsed ? null : parsed.layout;
  return { layout, notice: `${why} “${DEFAULT_NAME}” is shown instead.` };
}
