import { mkdirSync } from 'node:fs';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Role } from '@deltastream/contracts';
import { openPort } from '../../adapters.ts';
import { createUser } from '../../services/auth/accounts/create-user.ts';
import { resetUser } from '../../services/auth/accounts/reset-user.ts';
import { authConfig } from '../../services/auth/settings.ts';
import type { Settings } from '../../settings/compose.ts';

/** Creates an account. The password comes from standard input, so that it stays out of the shell's history. */
export async function createUserFromPrompt(
  settings: Settings,
  { email, name, role }: { email: string; name?: string; role: Role },
): Promise<void> {
  const password = await readPassword();
  // The first administrator is made before the first start.
  mkdirSync(settings.data, { recursive: true });
  const users = await openPort('users', settings);
  try {
    const user = await createUser(users, { email, password, name, role }, authConfig(settings));
    stdout.write(`Created ${user.role} ${user.email}\n`);
  } finally {
    await users.close();
  }
}

/** Gives an account a new password, read as above, and ends its sessions. */
export async function resetUserFromPrompt(
  settings: Settings,
  { email, removeSecondFactor = false }: { email: string; removeSecondFactor?: boolean },
): Promise<void> {
  const password = await readPassword();
  const users = await openPort('users', settings);
  try {
    await resetUser(users, { email, password, removeSecondFactor }, authConfig(settings));
    stdout.write(`Changed the password of ${email}; its sessions have ended\n`);
  } finally {
    await users.close();
  }
}

/** One line of standard input; at a terminal it is not echoed. */
async function readPassword(): Promise<string> {
  if (stdin.isTTY) stdout.write('Password: ');
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: unseen, terminal: stdin.isTTY });
  const password = await lines.question('');
  lines.close();
  if (stdin.isTTY) stdout.write('\n');
  return password;
}
