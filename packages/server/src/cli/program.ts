import { Command, Option } from 'commander';
import type Type from 'typebox';
import { flagName, readSettings, Settings } from '../config.ts';
import { VERSION } from '../services.ts';
import { createUserFromPrompt } from './create-user.ts';
import { run } from './run.ts';

const EXAMPLES = `
Examples:
  deltastream                                        synthetic market on http://localhost:8000
  deltastream --products NIFTY,BTC --seed 7          two products, the same market at every start
  deltastream --source replay:nifty.csv.gz --speed 60    a recording, a minute in a second
  deltastream --source replay:chains.tar.xz --speed max --exit-when-done    import as fast as it goes
  deltastream --source none                          serve what was recorded, without a feed
  deltastream user create --email me@example.com --role admin

Every flag is also an environment variable: --commit-interval-ms is DELTASTREAM_COMMIT_INTERVAL_MS.`;

/** The command line: one flag per setting, so that nothing is declared twice. */
export function createProgram(): Command {
  const program = new Command('deltastream')
    .description('Real-time option-chain analytics: quotes in, live figures out.')
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .action((flags: Record<string, unknown>) => run(readSettings(flags)));
  for (const [name, schema] of Object.entries(Settings.properties)) program.addOption(optionOf(name, schema));

  const user = program.command('user').description('Manage accounts');
  user
    .command('create')
    .description('Create an account; the password is read from standard input')
    .requiredOption('--email <email>', 'Email of the account')
    .option('--name <name>', 'Name shown to others')
    .addOption(new Option('--role <role>').choices(['viewer', 'trader', 'admin']).default('viewer'))
    .action((options: { email: string; name?: string; role: 'viewer' | 'trader' | 'admin' }) =>
      createUserFromPrompt(readSettings(program.opts()), options),
    );
  return program;
}

function optionOf(name: string, schema: Type.TSchema): Option {
  const {
    description,
    default: value,
    type,
  } = schema as { description?: string; default?: unknown; type?: string };
  const flag = `--${flagName(name)}${type === 'boolean' ? '' : ' <value>'}`;
  const shown =
    value === undefined || type === 'boolean' || String(value) === '' ? '' : ` (default: ${String(value)})`;
  return new Option(flag, `${description ?? ''}${shown}`);
}
