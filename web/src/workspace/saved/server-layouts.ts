import { ApiError, type Client } from '@deltastream/client';
import { changedElsewhere, type LayoutStore } from './layout-store.ts';

/** Workspaces of an account, kept by the server. What it refuses is an `ApiError` with its remedy. */
export function serverLayouts(client: Client, userId: string): LayoutStore {
  return {
    id: userId,
    async names() {
      const { layouts } = await client.listLayouts({});
      return layouts.map(({ name }) => name);
    },
    async read(name) {
      // One that is not there is no failure, and no line in the browser's console.
      if (!(await this.names()).includes(name)) return null;
      const { document, version } = await client.getLayout({ name });
      return { layout: textOf(document), version };
    },
    async write(name, layout, replaces) {
      const change = { name, version: replaces ?? 0, document: { layout } };
      const { version } = await client.putLayout(change).catch(refused(name));
      return { layout, version };
    },
    async remove(name, version) {
      await client.deleteLayout({ name, version }).catch(refused(name));
    },
  };
}

const refused =
  (name: string) =>
  (error: unknown): never => {
    throw error instanceof ApiError && error.code === 'version_conflict' ? changedElsewhere(name) : error;
  };

/** The layout in a document, which any program of the account may have written; without one, what is refused. */
const textOf = (document: object): string =>
  'layout' in document && typeof document.layout === 'string' ? document.layout : '';
