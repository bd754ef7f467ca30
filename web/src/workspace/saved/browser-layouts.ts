import { MOST_CHARACTERS } from '../layout/layout-text.ts';
import { changedElsewhere, type LayoutStore, type SavedLayout } from './layout-store.ts';

const KEY = 'deltastream.workspaces';
const MOST_WORKSPACES = 50; // As an account has by default: they fit the 5 MB of a browser's storage many times over.

type Saved = Readonly<Record<string, SavedLayout>>;

/** Workspaces of a reader without a login, in this browser. */
export function browserLayouts(storage: Pick<Storage, 'getItem' | 'setItem'>): LayoutStore {
  function keep(saved: Saved): void {
    const text = JSON.stringify(saved);
    storage.setItem(KEY, text);
    if (storage.getItem(KEY) !== text) {
      throw new Error(
        "The storage of this browser is full or switched off, so that nothing was saved. The workspace's link has it.",
      );
    }
  }
  function expectVersion(name: string, found: number | null, expected: number | null): void {
    if (found !== expected) throw changedElsewhere(name);
  }

  return {
    id: 'browser',
    names: async () => Object.keys(readSaved(storage.getItem(KEY))),
    read: async (name) => own(readSaved(storage.getItem(KEY)), name),
    async write(name, layout, replaces) {
      const saved = readSaved(storage.getItem(KEY));
      const version = own(saved, name)?.version ?? null;
      expectVersion(name, version, replaces);
      if (version === null && Object.keys(saved).length >= MOST_WORKSPACES) {
        throw new Error(
          `This browser holds ${MOST_WORKSPACES} workspaces, which is the most. Delete one first.`,
        );
      }
      const written = { layout, version: (version ?? 0) + 1 };
      keep({ ...saved, [name]: written });
      return written;
    },
    async remove(name, version) {
      const saved = readSaved(storage.getItem(KEY));
      expectVersion(name, own(saved, name)?.version ?? null, version);
      keep(Object.fromEntries(Object.entries(saved).filter(([each]) => each !== name)));
    },
  };
}

const own = (saved: Saved, name: string): SavedLayout | null =>
  Object.hasOwn(saved, name) ? saved[name] : null;

/** Workspaces out of JSON that anybody may have written; what is not one is left out. */
function readSaved(json: string | null): Saved {
  let stored: unknown = null;
  try {
    stored = json === null ? null : JSON.parse(json);
  } catch {
    // As if nothing were stored.
  }
  if (typeof stored !== 'object' || stored === null) return {};
  return Object.fromEntries(Object.entries(stored).filter(([, each]) => isSaved(each)));
}

function isSaved(value: unknown): value is SavedLayout {
  if (typeof value !== 'object' || value === null) return false;
  const { layout, version } = value as Partial<Record<keyof SavedLayout, unknown>>;
  return typeof layout === 'string' && layout.length <= MOST_CHARACTERS && Number.isSafeInteger(version);
}
