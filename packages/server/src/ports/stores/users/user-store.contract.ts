import { afterEach, describe, expect, it } from 'vitest';
import { apiKey, FACTOR, identity, layout, rotation, session, user } from './user-store.fixture.ts';
import type { ApiKey, Session, UserStore } from './user-store.ts';

/** What every user store must do. `prepare` makes an empty place; what it returns opens that place, again and again. */
export function userStoreContract(name: string, prepare: () => Promise<() => Promise<UserStore>>): void {
  describe(`user store: ${name}`, () => {
    let store: UserStore;
    const start = async () => {
      const open = await prepare();
      store = await open();
      return open;
    };
    const startWithUser = async (fields = {}) => {
      const open = await start();
      await store.create(user(fields));
      return open;
    };
    const startWithSession = async (fields: Partial<Session> = {}) => {
      const open = await startWithUser();
      await store.createSession(session(fields));
      return open;
    };
    const startWithKey = async (fields: Partial<ApiKey> = {}) => {
      const open = await startWithUser();
      await store.createApiKey(apiKey(fields));
      return open;
    };
    /** How many of fifty calls at the same time are told that they made the change. */
    const winners = async (call: (i: number) => Promise<boolean>) =>
      (await Promise.all(Array.from({ length: 50 }, (_, i) => call(i)))).filter(Boolean).length;
    afterEach(() => store.close());

    describe('users', () => {
      it('are found by email, id and identity, complete, and null for others', async () => {
        await start();
        const complete = user({
          ...{ identities: [identity('a')], secondFactor: FACTOR, generation: 3 },
          ...{ lastLoginAt: 1_787_000_000_456, disabledAt: 1_787_000_000_789 },
        });
        await store.create(complete);
        expect(await store.byEmail('trader@example.com')).toEqual(complete);
        expect(await store.byId('u1')).toEqual(complete);
        expect(await store.byIdentity(identity('a'))).toEqual(complete);
        expect(await store.byEmail('nobody@example.com')).toBeNull();
        expect(await store.byId('u2')).toBeNull();
        expect(await store.byIdentity(identity('b'))).toBeNull();
        expect(await store.byIdentity({ issuer: 'https://other.example', subject: 'a' })).toBeNull();
      });

      it('have emails that compare as given', async () => {
        await startWithUser();
        expect(await store.byEmail('Trader@example.com')).toBeNull();
        expect(await store.byEmail('%')).toBeNull();
      });

      it('take an email once, also of many at the same time', async () => {
        await start();
        const tries = await Promise.allSettled(
          Array.from({ length: 50 }, (_, i) => store.create(user({ id: `u${i}` }))),
        );
        const refused = tries.filter((each) => each.status === 'rejected');
        expect(refused).toHaveLength(49);
        for (const each of refused) expect(each.reason).toMatchObject({ code: 'email_taken' });
      });

      it('do not mistake a repeated id for a repeated email', async () => {
        await startWithUser();
        await expect(store.create(user({ email: 'other@example.com' }))).rejects.toMatchObject({
          code: 'store_failed',
        });
      });

      it('own an identity alone, and a refused user leaves nothing behind', async () => {
        await startWithUser({ identities: [identity('a')] });
        const second = user({ id: 'u2', email: 'other@example.com' });
        await expect(store.create({ ...second, identities: [identity('a')] })).rejects.toMatchObject({
          code: 'identity_taken',
        });
        expect(await store.byId('u2')).toBeNull();
        await store.create(second);
        await expect(store.addIdentity('u2', identity('a'))).rejects.toMatchObject({
          code: 'identity_taken',
        });
        expect(await store.addIdentity('u2', identity('b'))).toBe(true);
        expect((await store.byIdentity(identity('b')))?.id).toBe('u2');
        expect(await store.addIdentity('nobody', identity('c'))).toBe(false);
        expect(await store.byIdentity(identity('c'))).toBeNull();
      });

      it('change a password from the current hash only, and count the generation', async () => {
        await startWithUser();
        expect(await store.changePassword('u1', 'wrong', 'h1')).toBe(false);
        expect(await store.changePassword('u1', null, 'h1')).toBe(false);
        expect(await winners((i) => store.changePassword('u1', '$2b$04$hash', `h${i}`))).toBe(1);
        const changed = await store.byId('u1');
        expect(changed?.generation).toBe(1);
        expect(await store.rehashPassword('u1', '$2b$04$hash', 'x')).toBe(false);
        expect(await store.rehashPassword('u1', changed!.passwordHash!, 'same')).toBe(true);
        expect(await store.byId('u1')).toMatchObject({ passwordHash: 'same', generation: 1 });
        expect(await store.changePassword('nobody', null, 'h')).toBe(false);
      });

      it('get a first password when they have none', async () => {
        await startWithUser({ passwordHash: null });
        expect((await store.byId('u1'))?.passwordHash).toBeNull();
        expect(await store.changePassword('u1', null, 'h1')).toBe(true);
        expect((await store.byId('u1'))?.passwordHash).toBe('h1');
      });

      it('go with their identities, once', async () => {
        await startWithUser({ identities: [identity('a')], secondFactor: FACTOR });
        expect(await winners(() => store.remove('u1'))).toBe(1);
        expect(await store.byId('u1')).toBeNull();
        expect(await store.byIdentity(identity('a'))).toBeNull();
        await store.create(user({ identities: [identity('a')] }));
        expect((await store.byId('u1'))?.secondFactor).toBeNull();
      });
    });

    describe('roles', () => {
      const admin = (id: string, fields = {}) =>
        user({ id, email: `${id}@example.com`, role: 'admin', ...fields });
      const startWithAdmins = async (...ids: string[]) => {
        const open = await start();
        for (const id of ids) await store.create(admin(id));
        return open;
      };

      it('change, and so does the right to log in, each counted and to be read by all', async () => {
        const open = await startWithUser();
        expect(await store.changeRole('u1', 'trader')).toBe(true);
        expect(await winners((i) => store.disable('u1', 20 + i))).toBe(1);
        const disabled = await store.byId('u1');
        expect(disabled).toMatchObject({ role: 'trader', generation: 2 });
        expect(disabled?.disabledAt).toBeGreaterThanOrEqual(20);
        await store.close();
        store = await open();
        expect(await store.byId('u1')).toEqual(disabled);
        expect(await winners(() => store.enable('u1'))).toBe(1);
        expect(await store.byId('u1')).toMatchObject({ disabledAt: null });
        expect(await store.noteLogin('u1', 30)).toBe(true);
        expect((await store.byId('u1'))?.lastLoginAt).toBe(30);
        for (const change of [
          store.changeRole('nobody', 'trader'),
          store.changeRole('nobody', 'admin'),
          store.disable('nobody', 1),
          store.enable('nobody'),
          store.noteLogin('nobody', 1),
        ]) {
          expect(await change).toBe(false);
        }
      });

      it('leave an administrator, who is not disabled', async () => {
        await startWithAdmins('a');
        await store.create(admin('b', { disabledAt: 5 }));
        await store.create(admin('c', { role: 'trader' }));
        const takeAway = (id: string) => [
          store.changeRole(id, 'viewer'),
          store.disable(id, 10),
          store.remove(id),
        ];
        for (const taken of takeAway('a')) expect(await taken).toBe(false);
        expect(await store.byId('a')).toEqual(admin('a'));
        expect(await store.changeRole('a', 'admin')).toBe(true);
        expect(await store.changeRole('b', 'viewer')).toBe(true);
        expect(await store.disable('c', 10)).toBe(true);
        expect(await store.remove('c')).toBe(true);
        await store.create(admin('d'));
        expect(await store.changeRole('a', 'viewer')).toBe(true);
        expect(await store.changeRole('a', 'admin')).toBe(true);
        expect(await store.remove('d')).toBe(true);
        expect(await store.disable('a', 10)).toBe(false);
      });

      it('leave one of administrators who go at the same time', async () => {
        const ids = Array.from({ length: 8 }, (_, i) => `a${i}`);
        await startWithAdmins(...ids);
        await Promise.all(
          ids.flatMap((id, i) => [
            i % 2 === 0 ? store.changeRole(id, 'viewer') : store.disable(id, 10),
            store.remove(id),
          ]),
        );
        const left = await store.usersAfter(null, 10);
        const active = left.filter(({ role, disabledAt }) => role === 'admin' && disabledAt === null);
        expect(active.length).toBeGreaterThanOrEqual(1);
        // Each may have waited for the other; one after another all go but the last.
        for (const { id } of active) await store.changeRole(id, 'viewer');
        const last = (await store.usersAfter(null, 10)).filter(({ role }) => role === 'admin');
        expect(last.filter(({ disabledAt }) => disabledAt === null)).toHaveLength(1);
      });

      it('are listed with their users by email, page after page', async () => {
        await startWithAdmins('c', 'a', 'b');
        const idsAfter = async (email: string | null, limit: number) =>
          (await store.usersAfter(email, limit)).map(({ id }) => id);
        expect(await idsAfter(null, 2)).toEqual(['a', 'b']);
        expect(await idsAfter('b@example.com', 2)).toEqual(['c']);
        expect(await idsAfter('c@example.com', 2)).toEqual([]);
        expect((await store.usersAfter(null, 1))[0]).toEqual(admin('a'));
      });
    });

    describe('second factors', () => {
      const begun = { sealedSecret: 's1', inForce: false, lastStep: 0, recoveryHashes: [] };

      it('begin, again if need be, and come into force once, from the secret that was begun last', async () => {
        await startWithUser();
        expect(await store.beginSecondFactor('u1', 's0')).toBe(true);
        expect(await store.beginSecondFactor('u1', 's1')).toBe(true);
        expect((await store.byId('u1'))?.secondFactor).toEqual(begun);
        expect(await store.useCode('u1', 5)).toBe(false);
        expect(await store.confirmSecondFactor('u1', 's0', 5, ['r1'])).toBe(false);
        expect(await winners(() => store.confirmSecondFactor('u1', 's1', 5, ['r1', 'r2']))).toBe(1);
        const { secondFactor, generation } = (await store.byId('u1'))!;
        expect(generation).toBe(1);
        expect(secondFactor).toMatchObject({ sealedSecret: 's1', inForce: true, lastStep: 5 });
        expect(secondFactor?.recoveryHashes.toSorted()).toEqual(['r1', 'r2']);
        expect(await store.beginSecondFactor('u1', 's2')).toBe(false);
        expect(await store.beginSecondFactor('nobody', 's2')).toBe(false);
      });

      it('take each time step once, and never an earlier one', async () => {
        await startWithUser({ secondFactor: FACTOR });
        expect(await store.useCode('u1', FACTOR.lastStep)).toBe(false);
        expect(await winners(() => store.useCode('u1', FACTOR.lastStep + 2))).toBe(1);
        expect(await store.useCode('u1', FACTOR.lastStep + 1)).toBe(false);
        expect(await store.useCode('u1', FACTOR.lastStep + 3)).toBe(true);
      });

      it('take each recovery code once', async () => {
        await startWithUser({ secondFactor: FACTOR });
        expect(await store.useRecoveryCode('u1', 'nothing')).toBe(false);
        expect(await winners(() => store.useRecoveryCode('u1', 'r1'))).toBe(1);
        expect((await store.byId('u1'))?.secondFactor?.recoveryHashes).toEqual(['r2']);
        expect(await store.useRecoveryCode('u2', 'r2')).toBe(false);
      });

      it('go with their recovery codes, once, and may begin anew', async () => {
        await startWithUser({ secondFactor: FACTOR });
        expect(await winners(() => store.removeSecondFactor('u1'))).toBe(1);
        expect((await store.byId('u1'))?.secondFactor).toBeNull();
        expect(await store.useRecoveryCode('u1', 'r1')).toBe(false);
        expect(await store.beginSecondFactor('u1', 's1')).toBe(true);
        expect((await store.byId('u1'))?.secondFactor).toEqual(begun);
      });
    });

    describe('sessions', () => {
      it('keep users, sessions, keys, documents and denials when the store is opened again', async () => {
        const open = await startWithSession();
        await store.createApiKey(apiKey());
        await store.putDocument(layout(), 0);
        await store.rotate('f1', 'h0', rotation('h1', 1500));
        await store.deny('sid', 9000);
        await store.close();
        store = await open();
        expect(await store.byId('u1')).toEqual(user());
        expect(await store.session('f1')).toEqual(session({ ...rotation('h1', 1500), previousHash: 'h0' }));
        expect(await store.apiKey('k1')).toEqual(apiKey());
        expect(await store.document(layout())).toEqual(layout());
        expect(await store.denials(0)).toEqual([{ sessionId: 'sid', untilMs: 9000 }]);
      });

      it('answer null when not known', async () => {
        await startWithSession();
        expect(await store.session('f2')).toBeNull();
        expect(await store.rotate('f2', 'h0', rotation('h1', 1500))).toBe(false);
        expect(await store.revoke('f2')).toBe(false);
      });

      it('rotate from the current hash only, and remember the one before', async () => {
        await startWithSession();
        expect(await store.rotate('f1', 'h0', rotation('h1', 1500))).toBe(true);
        expect(await store.rotate('f1', 'h0', rotation('h2', 1600))).toBe(false);
        expect(await store.rotate('f1', 'h1', rotation('h2', 1700))).toBe(true);
        expect(await store.session('f1')).toEqual(session({ ...rotation('h2', 1700), previousHash: 'h1' }));
      });

      it('let exactly one of many rotations of a token succeed', async () => {
        await startWithSession();
        expect(await winners((i) => store.rotate('f1', 'h0', rotation(`next-${i}`, 1500)))).toBe(1);
        expect((await store.session('f1'))?.previousHash).toBe('h0');
      });

      it('never rotate when revoked or expired', async () => {
        await startWithSession();
        expect(await store.rotate('f1', 'h0', rotation('h1', 2000))).toBe(false);
        expect(await winners(() => store.revoke('f1'))).toBe(1);
        expect(await store.rotate('f1', 'h0', rotation('h1', 1500))).toBe(false);
        expect(await store.session('f1')).toEqual(session({ revoked: true }));
      });

      it('are listed by user, the newest first, and removed by user', async () => {
        await startWithSession();
        await store.createSession(session({ familyId: 'f2', createdAt: 1001, revoked: true }));
        await store.createSession(session({ familyId: 'f3', userId: 'u2' }));
        expect((await store.sessionsOf('u1')).map(({ familyId }) => familyId)).toEqual(['f2', 'f1']);
        expect((await store.sessionsOf('u1'))[1]).toEqual(session());
        await store.removeSessionsOf('u1');
        expect(await store.sessionsOf('u1')).toEqual([]);
        expect(await store.session('f3')).not.toBeNull();
      });

      it('are removed when expired, revoked or not, and no others', async () => {
        await startWithSession({ expiresAt: 1000 });
        await store.createSession(session({ familyId: 'f2', expiresAt: 1000, revoked: true }));
        await store.createSession(session({ familyId: 'f3', expiresAt: 1001 }));
        expect(await store.removeExpiredSessions(1000)).toBe(2);
        expect(await store.session('f1')).toBeNull();
        expect(await store.session('f3')).not.toBeNull();
        expect(await store.removeExpiredSessions(1000)).toBe(0);
      });
    });

    describe('API keys', () => {
      it('are found by id and by user, the newest first', async () => {
        await startWithKey();
        const second = apiKey({ id: 'k2', createdAt: 11, scopes: ['market:read'], expiresAt: 5000 });
        await store.createApiKey(second);
        await store.createApiKey(apiKey({ id: 'k3', userId: 'u2' }));
        expect(await store.apiKey('k1')).toEqual(apiKey());
        expect(await store.apiKey('k4')).toBeNull();
        expect(await store.apiKeysOf('u1')).toEqual([second, apiKey()]);
      });

      it('are touched when the last use is long enough ago', async () => {
        await startWithKey();
        expect(await store.touchApiKey('k1', 100, 40)).toBe(true);
        expect(await store.touchApiKey('k1', 110, 50)).toBe(false);
        expect(await store.touchApiKey('k1', 161, 101)).toBe(true);
        expect((await store.apiKey('k1'))?.lastUsedAt).toBe(161);
        expect(await store.touchApiKey('k2', 200, 200)).toBe(false);
      });

      it('are removed by their owner only, once', async () => {
        await startWithKey();
        await store.createApiKey(apiKey({ id: 'k2' }));
        expect(await store.removeApiKey('u2', 'k1')).toBe(false);
        expect(await winners(() => store.removeApiKey('u1', 'k1'))).toBe(1);
        expect(await store.apiKey('k1')).toBeNull();
        await store.removeApiKeysOf('u1');
        expect(await store.apiKeysOf('u1')).toEqual([]);
      });
    });

    describe('documents', () => {
      it('are found by user, kind and name, and listed by name without their content', async () => {
        await startWithUser();
        const others = [
          layout({ name: 'b', version: 7 }),
          layout({ name: 'B' }),
          layout({ kind: 'preferences' }),
          layout({ userId: 'u2' }),
        ];
        for (const each of [layout(), ...others]) expect(await store.putDocument(each, 0)).toBe(true);
        for (const each of [layout(), ...others]) expect(await store.document(each)).toEqual(each);
        expect(await store.document({ ...layout(), name: 'a' })).toBeNull();
        expect(await store.documentsOf('u1', 'layout')).toEqual([
          { name: 'B', version: 1, updatedAt: 10 },
          { name: 'Expiry day 例', version: 1, updatedAt: 10 },
          { name: 'b', version: 7, updatedAt: 10 },
        ]);
        expect(await store.documentsOf('nobody', 'layout')).toEqual([]);
      });

      it('are stored from the version that was read only, by one of many at the same time', async () => {
        await startWithUser();
        expect(await store.putDocument(layout(), 1)).toBe(false);
        expect(await winners((i) => store.putDocument(layout({ json: `[${i}]` }), 0))).toBe(1);
        expect(await winners((i) => store.putDocument(layout({ version: 2, json: `[${i}]` }), 1))).toBe(1);
        const changed = layout({ version: 1_787_000_000_123, updatedAt: 20, json: '{}' });
        expect(await store.putDocument(changed, 1)).toBe(false);
        expect(await store.putDocument(changed, 2)).toBe(true);
        expect(await store.document(layout())).toEqual(changed);
      });

      it('are removed at the version that was read only, once, and by user', async () => {
        await startWithUser();
        await store.putDocument(layout(), 0);
        await store.putDocument(layout({ userId: 'u2' }), 0);
        expect(await store.removeDocument(layout(), 2)).toBe(false);
        expect(await winners(() => store.removeDocument(layout(), 1))).toBe(1);
        expect(await store.document(layout())).toBeNull();
        await store.putDocument(layout(), 0);
        await store.putDocument(layout({ kind: 'preferences' }), 0);
        await store.removeDocumentsOf('u1');
        expect(await store.document(layout())).toBeNull();
        expect(await store.documentsOf('u1', 'preferences')).toEqual([]);
        expect(await store.document(layout({ userId: 'u2' }))).not.toBeNull();
      });
    });

    it('removes keys and documents of users who are gone, and no others', async () => {
      await startWithUser();
      for (const userId of ['u1', 'gone']) {
        await store.createApiKey(apiKey({ id: `key of ${userId}`, userId }));
        await store.putDocument(layout({ userId }), 0);
        await store.putDocument(layout({ userId, kind: 'preferences' }), 0);
      }
      expect(await store.removeOrphans()).toBe(3);
      expect(await store.apiKeysOf('gone')).toEqual([]);
      expect(await store.documentsOf('gone', 'layout')).toEqual([]);
      expect(await store.apiKeysOf('u1')).toHaveLength(1);
      expect(await store.document(layout())).not.toBeNull();
      expect(await store.removeOrphans()).toBe(0);
    });

    it('denies sessions until their latest time', async () => {
      await start();
      await store.deny('a', 1000);
      await store.deny('b', 2000);
      await store.deny('a', 3000);
      await store.deny('b', 1000);
      const denied = (await store.denials(1000)).toSorted((x, y) => x.untilMs - y.untilMs);
      expect(denied).toEqual([
        { sessionId: 'b', untilMs: 2000 },
        { sessionId: 'a', untilMs: 3000 },
      ]);
      expect(await store.denials(2000)).toEqual([{ sessionId: 'a', untilMs: 3000 }]);
    });

    it('closes twice, and says that it is closed', async () => {
      await start();
      await store.close();
      await store.close();
      await expect(store.byId('u1')).rejects.toMatchObject({ code: 'stopped' });
    });
  });
}
