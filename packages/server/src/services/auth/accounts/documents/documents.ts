import { randomInt } from 'node:crypto';
import {
  type getLayout,
  type getPreferences,
  isoTime,
  type listLayouts,
  MAX_LAYOUT_BYTES,
  type Preferences,
  type putLayout,
} from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import type { Identity } from '../../../../kit/tokens/token.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type { DocumentHead, DocumentKey, UserStore } from '../../../../ports/stores/users/user-store.ts';

type PreferencesView = Static<(typeof getPreferences.schema.response)[200]>;
type LayoutHead = Static<(typeof listLayouts.schema.response)[200]>['layouts'][number];
type Layout = Static<(typeof getLayout.schema.response)[200]>;

/** A change of the document of which the caller read this version; 0 where there was none. */
interface Change<Document> {
  readonly version: number;
  readonly document: Document;
}

/**
 * What an account keeps on the server. Of changes that began from the same version one is made; the others reject with
 * `version_conflict`, so that tabs and devices never overwrite each other unseen.
 */
export interface Documents {
  preferences(identity: Identity): Promise<PreferencesView>;
  putPreferences(identity: Identity, change: Change<Preferences>): Promise<PreferencesView>;
  layouts(identity: Identity): Promise<LayoutHead[]>;
  /** Rejects with `not_found`. */
  layout(identity: Identity, name: string): Promise<Layout>;
  /** Rejects with `limit_reached`, with `payload_too_large`, and with `invalid_request` for one nested too deeply. */
  putLayout(
    identity: Identity,
    name: string,
    change: Change<Static<typeof putLayout.schema.body>['document']>,
  ): Promise<LayoutHead>;
  /** Rejects with `not_found`. */
  removeLayout(identity: Identity, name: string, version: number): Promise<void>;
}

export interface DocumentsOptions {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly maxLayouts: number;
}

/** Panels within groups within a grid take ten; what is nested without bound would overflow the stack of who reads it. */
const MAX_LEVELS = 64;
const VERSIONS_PER_MS = 1000; // A clock's milliseconds times so many are exact in a number until the year 2255.

export function createDocuments({ users, clock, maxLayouts }: DocumentsOptions): Documents {
  const conflict = async (key: DocumentKey, read: number) => {
    const stored = (await users.document(key))?.version ?? 0;
    const there = stored === 0 ? 'none is stored' : `version ${stored} is stored`;
    return new DeltaStreamError('version_conflict', `version: ${read} was read, and ${there}`);
  };

  let latestVersion = 0;
  /**
   * Never one that this process gave, however the clock is set. Random digits below a millisecond make it improbable that
   * another process gives the same, or gave it before the clock was set back.
   */
  const nextVersion = (): number => {
    const byTime = clock.now() * VERSIONS_PER_MS + randomInt(VERSIONS_PER_MS);
    latestVersion = Math.max(latestVersion + 1, byTime);
    return latestVersion;
  };

  /** Stores the document under a version that none of its name has had, removed ones included. */
  const put = async (
    key: DocumentKey,
    { version: read, document }: Change<object>,
  ): Promise<DocumentHead> => {
    const updatedAt = clock.now();
    const head = { name: key.name, version: Math.max(read + 1, nextVersion()), updatedAt };
    const json = JSON.stringify(document);
    if (!(await users.putDocument({ ...key, ...head, json }, read))) throw await conflict(key, read);
    latestVersion = Math.max(latestVersion, head.version);
    // An account that is deleted meanwhile takes its documents with it, unless they come after that.
    if ((await users.byId(key.userId)) === null) {
      await users.removeDocumentsOf(key.userId);
      throw new DeltaStreamError('invalid_token', 'the account is gone');
    }
    return head;
  };

  const tooMany = () => new DeltaStreamError('limit_reached', `an account may have ${maxLayouts} layouts`);

  return {
    async preferences({ userId }) {
      const stored = await users.document(preferencesOf(userId));
      if (stored === null) return { version: 0, updated_at: null, document: {} };
      return {
        version: stored.version,
        updated_at: isoTime(stored.updatedAt),
        document: JSON.parse(stored.json) as Preferences,
      };
    },

    async putPreferences({ userId }, change) {
      const { version, updatedAt } = await put(preferencesOf(userId), change);
      return { version, updated_at: isoTime(updatedAt), document: change.document };
    },

    layouts: async ({ userId }) => (await users.documentsOf(userId, 'layout')).map(viewOf),

    async layout({ userId }, name) {
      const stored = await users.document(layoutOf(userId, name));
      if (stored === null) throw unknownLayout();
      return { ...viewOf(stored), document: JSON.parse(stored.json) as Layout['document'] };
    },

    async putLayout({ userId }, name, change) {
      const key = layoutOf(userId, name);
      checkSize(change.document);
      if (change.version === 0) {
        const held = await users.documentsOf(userId, 'layout');
        const isNew = held.every((each) => each.name !== key.name);
        if (isNew && held.length >= maxLayouts) throw tooMany();
      }
      const head = await put(key, change);
      // Of several that were stored at once all go that see too many: never more stay than may be.
      if (change.version === 0 && (await users.documentsOf(userId, 'layout')).length > maxLayouts) {
        await users.removeDocument(key, head.version);
        throw tooMany();
      }
      return viewOf(head);
    },

    async removeLayout({ userId }, name, version) {
      const key = layoutOf(userId, name);
      if (await users.removeDocument(key, version)) return;
      throw (await users.document(key)) === null ? unknownLayout() : await conflict(key, version);
    },
  };
}

const preferencesOf = (userId: string): DocumentKey => ({ userId, kind: 'preferences', name: '' });

/** Names that look the same are the same. */
const layoutOf = (userId: string, name: string): DocumentKey => ({
  userId,
  kind: 'layout',
  name: name.normalize('NFC'),
});

const viewOf = ({ name, version, updatedAt }: DocumentHead): LayoutHead => ({
  name,
  version,
  updated_at: isoTime(updatedAt),
});

const unknownLayout = () => new DeltaStreamError('not_found', 'name: the account has no such layout');

function checkSize(document: object): void {
  if (levelsOf(document) > MAX_LEVELS) {
    throw new DeltaStreamError(
      'invalid_request',
      `body.document: is nested deeper than ${MAX_LEVELS} levels`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(document));
  if (bytes <= MAX_LAYOUT_BYTES) return;
  const text = `body.document: takes ${bytes} bytes; a layout may take ${MAX_LAYOUT_BYTES}`;
  throw new DeltaStreamError('payload_too_large', text);
}

/** How deep objects and lists of a JSON value stand in each other; counted level by level, without recursion. */
function levelsOf(value: unknown): number {
  const isNested = (each: unknown): each is object => typeof each === 'object' && each !== null;
  let level = [value].filter(isNested);
  let levels = 0;
  while (level.length > 0 && levels <= MAX_LEVELS) {
    levels += 1;
    level = level.flatMap((each) => Object.values(each)).filter(isNested);
  }
  return levels;
}
