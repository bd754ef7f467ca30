import { type Account, accountOf, createKeys, logIn, register } from '../support/platform/accounts.ts';
import type { Choices } from './choices.ts';

export const CREDENTIALS = [
  'none',
  'viewer',
  'admin',
  'viewer key',
  'admin key',
  'forged',
  'nonsense',
] as const;
export type Credential = (typeof CREDENTIALS)[number];

/** The header of each kind of caller; a session that the fuzzing itself has ended is begun anew. */
export interface Credentials {
  header(kind: Credential, operation: string, choices: Choices): string | null;
  /** The platform called the token of this kind invalid. */
  refused(kind: Credential): void;
}

const FORGED = [
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwicm9sZSI6ImFkbWluIn0.',
  'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJyb2xlIjoiYWRtaW4ifQ.c2ln',
  'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLy4uIn0.e30.AAAA',
  'ds_0000_0000',
  'a.b.c',
] as const;
const NONSENSE = [
  'Bearer',
  'Bearer ',
  'Basic YTpi',
  'bearer  x  ',
  'Bearer a b',
  `Bearer ${'x'.repeat(5000)}`,
  ',',
];

/** Operations with which an account could shut itself out: the administrator must stay. */
const SELF_HARM = new Set(['deleteAccount', 'changePassword', 'confirmSecondFactor']);

export async function createCredentials(url: string, admin: Account): Promise<Credentials> {
  let viewers = 0;
  const newViewer = async () => {
    const account = accountOf(`viewer-${viewers++}`);
    return { account, session: await register(url, account) };
  };
  const holders = {
    viewer: await newViewer(),
    admin: { account: admin, session: await logIn(url, admin) },
  };
  const keysOf = async ({ account, session }: typeof holders.viewer) =>
    Object.values(await createKeys(url, account, session.token)).map(({ key }) => key);
  const keys = { viewer: await keysOf(holders.viewer), admin: await keysOf(holders.admin) };
  const renewing = new Map<string, Promise<void>>();

  const renew = async (kind: 'viewer' | 'admin') => {
    const { account } = holders[kind];
    const session = await logIn(url, account).catch(() => null);
    if (session) holders[kind] = { account, session };
    else if (kind === 'viewer') {
      holders.viewer = await newViewer();
      keys.viewer = await keysOf(holders.viewer);
    }
  };

  return {
    header(kind, operation, choices) {
      if (kind === 'none') return null;
      if (kind === 'nonsense') return choices.of(NONSENSE);
      if (kind === 'forged') return `Bearer ${choices.of(FORGED)}`;
      if (kind === 'viewer' || (kind === 'admin' && SELF_HARM.has(operation)))
        return `Bearer ${holders.viewer.session.token}`;
      if (kind === 'admin') return `Bearer ${holders.admin.session.token}`;
      return `Bearer ${choices.of(kind === 'viewer key' ? keys.viewer : keys.admin)}`;
    },
    refused(kind) {
      const holder = kind === 'viewer' || kind === 'admin' ? kind : null;
      if (holder === null || renewing.has(holder)) return;
      const renewal = renew(holder)
        .catch(() => {})
        .finally(() => renewing.delete(holder));
      renewing.set(holder, renewal);
    },
  };
}
