import type { Layout } from '../layout/layout.ts';
import { formatLayout } from '../layout/layout-text.ts';
import type { Workspace } from '../use-workspace.ts';
import { useLayoutStore, useRefreshLayouts, useTakeSaved } from './use-layout-store.ts';

/** What changes the reader's workspaces; each rejects with what went wrong, and nothing is lost then. */
export function useSaving(workspace: Workspace) {
  const { layout, name, saved, begun, unlike, keepBegun, rename, open } = workspace;
  const store = useLayoutStore();
  const refresh = useRefreshLayouts();
  const taken = useTakeSaved();

  async function write(as: string, what: Layout, replaces: number | null): Promise<void> {
    try {
      const written = await store.write(as, formatLayout(what), replaces);
      keepBegun(as, written.version);
      await taken(as, written);
    } catch (error) {
      await refresh();
      throw error;
    }
  }
  return {
    /** What is shown, under its name. Where it is `unlike` what is saved, the reader wants to replace that. */
    async save(): Promise<void> {
      if (name === null) throw new Error('A workspace needs a name before it is saved.');
      await write(name, layout, unlike === null ? begun : (saved?.version ?? null));
    },
    /** What is shown, under a new name, which is open then. */
    async saveAs(as: string): Promise<void> {
      await write(as, layout, null);
      rename(as);
    },
    /** A workspace without panels. */
    async create(as: string): Promise<void> {
      await write(as, null, null);
      open(as);
    },
    /** The new name is there before the old one is gone. */
    async renameTo(to: string): Promise<void> {
      if (name === null || saved === null) return;
      try {
        const written = await store.write(to, saved.layout, null);
        if (unlike === null) keepBegun(to, written.version);
        await store.remove(name, saved.version);
        rename(to);
      } finally {
        await refresh();
      }
    },
    async remove(next: string): Promise<void> {
      if (name === null || saved === null) return;
      try {
        await store.remove(name, saved.version);
        open(next);
      } finally {
        await refresh();
      }
    },
  };
}
