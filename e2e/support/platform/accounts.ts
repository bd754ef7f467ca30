import { type Role, SCOPES, type Scope } from '@deltastream/contracts';
import { plant, plantIssued } from '../meters/planted-secrets.ts';
import { runToExit } from './platform-process.ts';

export interface Account {
  readonly email: string;
  readonly password: string;
}

export interface Session {
  readonly token: string;
  readonly refresh_token: string;
  readonly user: { readonly id: string };
}

const PASSWORD = 'five words that are unrelated';
plant('password of accounts', PASSWORD);

export const accountOf = (name: string): Account => ({ email: `${name}@example.com`, password: PASSWORD });

/** Accounts that only the operator can make, before the platform uses the folder. */
export async function createAccount(data: string, name: string, role: Role): Promise<Account> {
  const account = accountOf(name);
  const { code, output } = await runToExit(
    ['user', 'create', '--data', data, '--email', account.email, '--role', role, ...FAST_PASSWORDS],
    `${account.password}\n`,
  );
  if (code !== 0) throw new Error(`no account ${name}: ${output}`);
  return account;
}

/** The cheaper of the two password hashes, for tests that log in often. */
export const FAST_PASSWORDS = ['--password-algorithm', 'argon2id'] as const;

export const register = (url: string, account: Account): Promise<Session> =>
  post(`${url}/api/auth/register`, account);

export const logIn = (url: string, { email, password }: Account): Promise<Session> =>
  post(`${url}/api/auth/login`, { email, password });

/** API keys of an account, one for each scope. */
export async function createKeys(
  url: string,
  account: Account,
  token: string,
): Promise<Record<Scope, { id: string; key: string }>> {
  const keys = await Promise.all(
    SCOPES.map(async (scope) => {
      const body = { name: scope, scopes: [scope], password: account.password };
      return [scope, await post<{ id: string; key: string }>(`${url}/api/auth/keys`, body, token)];
    }),
  );
  return Object.fromEntries(keys);
}

export async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${url}: ${await response.text()}`);
  const content = (await response.json()) as T;
  plantIssued(content);
  return content;
}
