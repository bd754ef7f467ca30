import { afterEach, describe, expect, it } from 'vitest';
import type { Session, User, UserStore } from './user-store.ts';

const user = (fields: Partial<User> = {}): User => ({
  id: 'u1',
  email: 'trader@example.com',
  name: 'Ünal 例',
  role: 'viewer',
  passwordHash: '$2b$04$hash',
  createdAt: 1_787_000_000_123,
  ...fields,
});

const session = (fields: Partial<Session> = {}): Session => ({
  familyId: 'f1',
  userId: 'u1',
  secretHash: 'h0',
  expiresAt: 2000,
  revoked: false,
  ...fields,
});

/** What every user store must do. `prepare` makes an empty place; what it answers opens that place, again and again. */
export function userStoreContract(name: string, prepare: () => Promise<() => Promise<UserStore>>): void {
  describe(`user store: ${name}`, () => {
    let store: UserStore;
    const start = async () => {
      const open = await prepare();
      store = await open();
      return open;
    };
    const startWithSession = async (fields: Partial<Session> = {}) => {
      const open = await start();
      await store.create(user());
      await store.createSession(session(fields));
      return open;
    };
    afterEach(() => store.close());

    it('answers a user by email and by id, whole, and null for others', async () => {
      await start();
      await store.create(user());
      expect(await store.byEmail('trader@example.com')).toEqual(user());
      expect(await store.byId('u1')).toEqual(user());
      expect(await store.byEmail('nobody@example.com')).toBeNull();
      expect(await store.byId('u2')).toBeNull();
    });

    it('compares emails as given', async () => {
      await start();
      await store.create(user());
      expect(await store.byEmail('Trader@example.com')).toBeNull();
      expect(await store.byEmail('%')).toBeNull();
    });

    it('takes an email once, also of many at the same time', async () => {
      await start();
      const tries = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => store.create(user({ id: `u${i}` }))),
      );
      const refused = tries.filter((each) => each.status === 'rejected');
      expect(refused).toHaveLength(49);
      for (const each of refused) expect(each.reason).toMatchObject({ code: 'email_taken' });
    });

    it('does not mistake a repeated id for a repeated email', async () => {
      await start();
      await store.create(user());
      await expect(store.create(user({ email: 'other@example.com' }))).rejects.toMatchObject({
        code: 'store_failed',
      });
    });

    it('keeps users and sessions when it is opened again', async () => {
      const open = await startWithSession();
      await store.rotate('f1', 'h0', 'h1', 3000);
      await store.close();
      store = await open();
      expect(await store.byId('u1')).toEqual(user());
      expect(await store.session('f1')).toEqual(session({ secretHash: 'h1', expiresAt: 3000 }));
    });

    it('answers null for a session it does not know', async () => {
      await startWithSession();
      expect(await store.session('f2')).toBeNull();
      expect(await store.rotate('f2', 'h0', 'h1', 3000)).toBe(false);
    });

    it('rotates from the current hash only', async () => {
      await startWithSession();
      expect(await store.rotate('f1', 'h0', 'h1', 3000)).toBe(true);
      expect(await store.rotate('f1', 'h0', 'h2', 4000)).toBe(false);
      expect(await store.session('f1')).toMatchObject({ secretHash: 'h1', expiresAt: 3000 });
    });

    it('lets exactly one of many rotations of a token succeed', async () => {
      await startWithSession();
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) => store.rotate('f1', 'h0', `next-${i}`, 3000)),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
      expect((await store.session('f1'))?.secretHash).toBe(`next-${results.indexOf(true)}`);
    });

    it('never rotates a revoked session', async () => {
      await startWithSession();
      await store.revoke('f1');
      await store.revoke('f1');
      expect(await store.rotate('f1', 'h0', 'h1', 3000)).toBe(false);
      expect(await store.session('f1')).toEqual(session({ revoked: true }));
    });

    it('removes expired sessions, revoked or not, and no others', async () => {
      await startWithSession({ expiresAt: 1000 });
      await store.createSession(session({ familyId: 'f2', expiresAt: 1000, revoked: true }));
      await store.createSession(session({ familyId: 'f3', expiresAt: 1001 }));
      expect(await store.removeExpiredSessions(1000)).toBe(2);
      expect(await store.session('f1')).toBeNull();
      expect(await store.session('f3')).not.toBeNull();
      expect(await store.removeExpiredSessions(1000)).toBe(0);
    });

    it('closes twice, and says that it is closed', async () => {
      await start();
      await store.close();
      await store.close();
      await expect(store.byId('u1')).rejects.toMatchObject({ code: 'stopped' });
    });
  });
}
