import { type Command, Option } from 'commander';
import { readSettings } from '../../settings/read.ts';

const accounts = () => import('./create-user.ts');

/** Accounts, and the keys that their tokens are signed with. */
export function addAccountCommands(program: Command): void {
  const user = program.command('user').description('Manage accounts');
  user
    .command('create')
    .description('Create an account; the password is read from standard input')
    .requiredOption('--email <email>', 'Email of the account')
    .option('--name <name>', 'Name shown to others')
    .addOption(new Option('--role <role>').choices(['viewer', 'trader', 'admin']).default('viewer'))
    .action(async (options: { email: string; name?: string; role: 'viewer' | 'trader' | 'admin' }) =>
      (await accounts()).createUserFromPrompt(readSettings(program.opts()), options),
    );

  user
    .command('reset')
    .description('Give an account a new password, read from standard input, and end its sessions')
    .requiredOption('--email <email>', 'Email of the account')
    .option('--remove-second-factor', 'For an owner who lost the authenticator and the recovery codes')
    .action(async (options: { email: string; removeSecondFactor?: boolean }) =>
      (await accounts()).resetUserFromPrompt(readSettings(program.opts()), options),
    );

  const keys = program.command('keys').description('Manage the keys of access tokens');
  keys
    .command('rotate')
    .description('Replace the signing key; a running service follows within a minute')
    .option('--withdraw', 'After a leak: refuse every access token in force, too')
    .action(async ({ withdraw = false }: { withdraw?: boolean }) => {
      const { rotateKeys } = await import('./rotate-keys.ts');
      return rotateKeys(readSettings(program.opts()), withdraw);
    });
}
