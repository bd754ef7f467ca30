import { DeltaStreamError } from '../../../kit/errors.ts';
import { type AuditMark, type AuditRecord, TRAIL_BEGIN } from '../../../ports/stores/audit/audit-store.ts';
import type {
  ApiKey,
  DocumentKey,
  ExternalIdentity,
  SecondFactor,
  Session,
  StoredDocument,
  User,
  UserStore,
} from '../../../ports/stores/users/user-store.ts';

/** What a memory store holds; stores on the same contents see each other's writes. */
export interface MemoryUserContents {
  readonly users: Map<string, User>;
  readonly sessions: Map<string, Session>;
  readonly apiKeys: Map<string, ApiKey>;
  readonly documents: Map<string, StoredDocument>;
  readonly denials: Map<string, number>;
  /** Security events, ascending. */
  readonly audit: AuditRecord[];
  readonly auditMarks: { anchor: AuditMark | null; head: AuditMark | null };
}

export const emptyUserContents = (): MemoryUserContents => ({
  users: new Map(),
  sessions: new Map(),
  apiKeys: new Map(),
  documents: new Map(),
  denials: new Map(),
  audit: [],
  auditMarks: { anchor: null, head: null },
});

/** Accounts that end with the process, for trials and tests. Durable only as long as `contents` is. */
export function createMemoryUserStore(contents = emptyUserContents()): UserStore {
  const { users, sessions, apiKeys, documents, denials, audit, auditMarks } = contents;
  let closed = false;

  const open = () => {
    if (closed) throw new DeltaStreamError('stopped', 'the user store is closed');
  };
  const find = (test: (user: User) => boolean): User | null => {
    for (const user of users.values()) if (test(user)) return structuredClone(user);
    return null;
  };
  const holds = (user: User, { issuer, subject }: ExternalIdentity) =>
    user.identities.some((each) => each.issuer === issuer && each.subject === subject);
  const refuseTaken = (identities: readonly ExternalIdentity[]) => {
    for (const identity of identities) {
      if (find((user) => holds(user, identity)) === null) continue;
      throw new DeltaStreamError('identity_taken', 'the external identity belongs to an account');
    }
  };
  /** Makes the change that `change` returns, or none when it returns null. */
  const update = (userId: string, change: (user: User) => Partial<User> | null): boolean => {
    open();
    const user = users.get(userId);
    const changes = user && change(user);
    if (!user || !changes) return false;
    users.set(userId, structuredClone({ ...user, ...changes }));
    return true;
  };
  /** Whether an administrator who is not disabled is left without this one, or it is none itself. */
  const leavesAdmin = (user: User): boolean =>
    !isActiveAdmin(user) || find((other) => other.id !== user.id && isActiveAdmin(other)) !== null;
  const updateFactor = (userId: string, change: (factor: SecondFactor) => Partial<SecondFactor> | null) =>
    update(userId, ({ secondFactor }) => {
      const changes = secondFactor?.inForce ? change(secondFactor) : null;
      return secondFactor && changes && { secondFactor: { ...secondFactor, ...changes } };
    });
  const insert = <T>(into: Map<string, T>, id: string, value: T) => {
    open();
    if (into.has(id)) throw new DeltaStreamError('store_failed', 'the user store: the id is taken');
    into.set(id, structuredClone(value));
  };
  const ofUser = <T extends { userId: string; createdAt: number }>(from: Map<string, T>, userId: string) => {
    open();
    const found = [...from.values()].filter((each) => each.userId === userId);
    return structuredClone(found.toSorted((a, b) => b.createdAt - a.createdAt));
  };
  const removeWhere = <T>(from: Map<string, T>, test: (value: T) => boolean): number => {
    open();
    let removed = 0;
    for (const [id, value] of from) if (test(value) && from.delete(id)) removed += 1;
    return removed;
  };

  return {
    async create(user) {
      open();
      if (users.has(user.id)) throw new DeltaStreamError('store_failed', 'the user store: the id is taken');
      if (find(({ email }) => email === user.email)) {
        throw new DeltaStreamError('email_taken', 'an account with this email exists');
      }
      refuseTaken(user.identities);
      insert(users, user.id, user);
    },
    async byEmail(email) {
      open();
      return find((user) => user.email === email);
    },
    async byId(id) {
      open();
      return structuredClone(users.get(id) ?? null);
    },
    async byIdentity(identity) {
      open();
      return find((user) => holds(user, identity));
    },
    addIdentity: async (userId, identity) =>
      update(userId, ({ identities }) => {
        refuseTaken([identity]);
        return { identities: [...identities, identity] };
      }),
    rehashPassword: async (userId, from, to) =>
      update(userId, ({ passwordHash }) => (passwordHash === from ? { passwordHash: to } : null)),
    changePassword: async (userId, from, to) =>
      update(userId, ({ passwordHash, generation }) =>
        passwordHash === from ? { passwordHash: to, generation: generation + 1 } : null,
      ),
    async usersAfter(email, limit) {
      open();
      const after = [...users.values()].filter((user) => email === null || user.email > email);
      return structuredClone(after.toSorted((a, b) => (a.email < b.email ? -1 : 1)).slice(0, limit));
    },
    noteLogin: async (userId, atMs) => update(userId, () => ({ lastLoginAt: atMs })),
    changeRole: async (userId, role) =>
      update(userId, (user) =>
        role === 'admin' || leavesAdmin(user) ? { role, generation: user.generation + 1 } : null,
      ),
    disable: async (userId, atMs) =>
      update(userId, (user) =>
        user.disabledAt === null && leavesAdmin(user)
          ? { disabledAt: atMs, generation: user.generation + 1 }
          : null,
      ),
    async remove(userId) {
      open();
      const user = users.get(userId);
      return user !== undefined && leavesAdmin(user) && users.delete(userId);
    },
    enable: async (userId) =>
      update(userId, ({ disabledAt }) => (disabledAt === null ? null : { disabledAt: null })),

    beginSecondFactor: async (userId, sealedSecret) =>
      update(userId, ({ secondFactor }) =>
        secondFactor?.inForce
          ? null
          : { secondFactor: { sealedSecret, inForce: false, lastStep: 0, recoveryHashes: [] } },
      ),
    confirmSecondFactor: async (userId, sealedSecret, step, recoveryHashes) =>
      update(userId, ({ secondFactor, generation }) =>
        secondFactor?.sealedSecret === sealedSecret && !secondFactor.inForce
          ? {
              secondFactor: { sealedSecret, inForce: true, lastStep: step, recoveryHashes },
              generation: generation + 1,
            }
          : null,
      ),
    useCode: async (userId, step) =>
      updateFactor(userId, ({ lastStep }) => (lastStep < step ? { lastStep: step } : null)),
    useRecoveryCode: async (userId, hash) =>
      updateFactor(userId, ({ recoveryHashes }) =>
        recoveryHashes.includes(hash)
          ? { recoveryHashes: recoveryHashes.filter((each) => each !== hash) }
          : null,
      ),
    removeSecondFactor: async (userId) =>
      update(userId, ({ secondFactor }) => secondFactor && { secondFactor: null }),

    async createSession(session) {
      insert(sessions, session.familyId, session);
    },
    async session(familyId) {
      open();
      return structuredClone(sessions.get(familyId) ?? null);
    },
    sessionsOf: async (userId) => ofUser(sessions, userId),
    async rotate(familyId, fromHash, rotation) {
      open();
      const session = sessions.get(familyId);
      if (
        !session ||
        session.revoked ||
        session.secretHash !== fromHash ||
        session.expiresAt <= rotation.at
      ) {
        return false;
      }
      sessions.set(familyId, { ...session, ...rotation, previousHash: fromHash });
      return true;
    },
    async revoke(familyId) {
      open();
      const session = sessions.get(familyId);
      if (!session || session.revoked) return false;
      sessions.set(familyId, { ...session, revoked: true });
      return true;
    },
    async removeSessionsOf(userId) {
      removeWhere(sessions, (session) => session.userId === userId);
    },
    removeExpiredSessions: async (nowMs) => removeWhere(sessions, ({ expiresAt }) => expiresAt <= nowMs),

    async createApiKey(key) {
      insert(apiKeys, key.id, key);
    },
    async apiKey(id) {
      open();
      return structuredClone(apiKeys.get(id) ?? null);
    },
    apiKeysOf: async (userId) => ofUser(apiKeys, userId),
    async touchApiKey(id, nowMs, beforeMs) {
      open();
      const key = apiKeys.get(id);
      if (!key || (key.lastUsedAt !== null && key.lastUsedAt >= beforeMs)) return false;
      apiKeys.set(id, { ...key, lastUsedAt: nowMs });
      return true;
    },
    removeApiKey: async (userId, id) =>
      removeWhere(apiKeys, (key) => key.id === id && key.userId === userId) === 1,
    async removeApiKeysOf(userId) {
      removeWhere(apiKeys, (key) => key.userId === userId);
    },

    async document(key) {
      open();
      return structuredClone(documents.get(idOf(key)) ?? null);
    },
    async documentsOf(userId, kind) {
      open();
      return [...documents.values()]
        .filter((each) => each.userId === userId && each.kind === kind)
        .map(({ name, version, updatedAt }) => ({ name, version, updatedAt }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    async putDocument(document, from) {
      open();
      if ((documents.get(idOf(document))?.version ?? 0) !== from) return false;
      documents.set(idOf(document), { ...document });
      return true;
    },
    async removeDocument(key, version) {
      open();
      return documents.get(idOf(key))?.version === version && documents.delete(idOf(key));
    },
    async removeDocumentsOf(userId) {
      removeWhere(documents, (document) => document.userId === userId);
    },
    async removeOrphans() {
      const isOrphan = ({ userId }: { userId: string }) => !users.has(userId);
      return removeWhere(apiKeys, isOrphan) + removeWhere(documents, isOrphan);
    },

    async deny(sessionId, untilMs) {
      open();
      denials.set(sessionId, Math.max(denials.get(sessionId) ?? 0, untilMs));
    },
    async denials(nowMs) {
      removeWhere(denials, (untilMs) => untilMs <= nowMs);
      return [...denials].map(([sessionId, untilMs]) => ({ sessionId, untilMs }));
    },

    async auditMarks() {
      open();
      return { ...auditMarks, newest: auditMarks.head ?? TRAIL_BEGIN };
    },
    async appendAudit(records, head) {
      open();
      if (records.length === 0 || (auditMarks.head?.seq ?? 0) !== records[0].seq - 1) return 0;
      audit.push(...records);
      auditMarks.head = head;
      return records.length;
    },
    async auditFrom(seq, limit) {
      open();
      return audit.filter((record) => record.seq >= seq).slice(0, limit);
    },
    async auditBefore(seq, limit) {
      open();
      const before = audit.filter((record) => seq === null || record.seq < seq);
      return before.toReversed().slice(0, limit);
    },
    async removeAuditThrough(anchor) {
      open();
      if (anchor.seq <= (auditMarks.anchor?.seq ?? 0)) return;
      auditMarks.anchor = anchor;
      audit.splice(0, audit.findLastIndex(({ seq }) => seq <= anchor.seq) + 1);
    },
    async close() {
      closed = true;
    },
  };
}

const isActiveAdmin = ({ role, disabledAt }: User): boolean => role === 'admin' && disabledAt === null;

const idOf = ({ userId, kind, name }: DocumentKey): string => JSON.stringify([userId, kind, name]);
