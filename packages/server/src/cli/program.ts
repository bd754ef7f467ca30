import { stderr } from 'node:process';
import { EXPORT_FORMATS, EXPORT_KINDS, STORED_INTERVALS } from '@deltastream/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { SettingSchema } from '../kit/settings-fragment.ts';
import { VERSION } from '../services.ts';
import { FRAGMENTS, SECRET_SETTINGS } from '../settings/compose.ts';
import { effectiveSettings, readSettings } from '../settings/read.ts';
import { showSettings } from '../settings/show.ts';
import { flagName } from '../settings/sources.ts';
import { addAuditCommands } from './audit/audit-commands.ts';
import { addLogCommands } from './logs/log-commands.ts';
import { addReplayCommands } from './replay/replay-commands.ts';
import type { SimulateFlags } from './simulate/simulate.ts';
import { run } from './start/run.ts';
import type { InstrumentOrder } from './stored-data/instruments.ts';
import type { RecomputeFlags } from './stored-data/recompute.ts';
import type { ReconcileOrder } from './stored-data/reconcile.ts';
import type { ExportFlags, ImportFlags } from './transfers/transfers.ts';

const EXAMPLES = `
Examples:
  deltastream                                        synthetic market on http://localhost:8000
  deltastream --products NIFTY,BTC --seed 7          two products, the same market at every start
  deltastream --source replay:nifty.csv.gz --speed 60    a recording, a minute in a second
  deltastream --source replay:chains.tar.xz --speed max --exit-when-done    import as fast as it goes
  deltastream --source none                          serve what was recorded, without a feed
  deltastream --source deribit --record sessions/ --keep-raw    a live session to files, and what the venue sent beside it
  deltastream --source replay:sessions/20261127T091500Z.zst    the same messages again
  deltastream reparse sessions/20261127T091500Z.raw.zst --out mended.zst    what mended connectors make of it
  deltastream simulate deribit                       a venue on this machine, to connect to without the venue
  deltastream user create --email me@example.com --role admin
  deltastream --only enricher --bus redis://localhost:6379 --queue redis://localhost:6379    one worker of many
  deltastream config --config production.json        the settings that hold, and where each comes from
  deltastream dlq list --bus redis://localhost:6379  what failed for good, and why
  deltastream workers scale enricher --concurrency 32 --bus redis://localhost:6379    more at once, effective immediately
  deltastream import nifty.csv.gz --source none --dry-run    what is in it, and what would it replace?
  deltastream import nifty.csv.gz --server http://localhost:8000    a recording into that platform
  deltastream import nifty.csv.gz --source none --queue redis://localhost:6379    a recording into a running platform
  deltastream export --source none --kind bars --product NIFTY --from 2026-08-19T00:00:00Z --to 2026-08-20T00:00:00Z
  deltastream export --source none --kind chains --format parquet --folder lake --from 2026-08-01T00:00:00Z --to 2026-09-01T00:00:00Z
  deltastream reconcile --source none --bhavcopy BhavCopy_NSE_FO_0_0_0_20260819_F_0000.csv.zip    is what was stored right?
  deltastream recompute --source none --from 2026-08-19T00:00:00Z --to 2026-08-20T00:00:00Z --dry-run    what would change?
  deltastream replay start --from 2026-08-19T03:45:00Z --to 2026-08-19T10:00:00Z --products NIFTY --speed 60    a session again
  deltastream backup /backups/deltastream            what changed since the last one, while the platform runs
  deltastream verify                                 is everything as it was written?
  deltastream audit verify                           are the security events as they were written?
  deltastream logs tail --level warn                 follow the log of the platform at --server
  deltastream doctor --bus redis://localhost:6379    is everything there that the settings need?
  deltastream upgrade --check                        what would this release do to what an older one stored?

Every flag is also an environment variable and a name in the file of --config: --commit-interval-ms is
DELTASTREAM_COMMIT_INTERVAL_MS and "commitIntervalMs". Flags win over the environment, and that over the file.`;

/** Commands are loaded when they are given: a service does not carry the tools of operators. */
const accounts = () => import('./accounts/create-user.ts');
const deadLetters = () => import('./bus/dead-letters.ts');
const workers = () => import('./bus/workers.ts');
const transfers = () => import('./transfers/transfers.ts');
const reconciliation = () => import('./stored-data/reconcile.ts');
const backups = () => import('./stored-data/backup.ts');
const recomputation = () => import('./stored-data/recompute.ts');

/** The command line: one flag per setting, so that nothing is declared twice. */
export function createProgram(): Command {
  const program = new Command('deltastream')
    .description('Real-time option-chain analytics: quotes in, live figures out.')
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .action((flags: Record<string, unknown>) => {
      const { settings, deprecated } = effectiveSettings(flags);
      for (const each of deprecated) stderr.write(`Deprecated: ${each}\n`);
      return run(settings);
    });
  program.option('--config <file>', 'Settings as JSON, by name; also DELTASTREAM_CONFIG');
  program.option('--help-all', 'This help with every limit and interval that few change');
  for (const { title, published, limits } of FRAGMENTS) {
    for (const [name, schema] of Object.entries<SettingSchema>(published)) {
      const options = [optionOf(name, schema)];
      if (SECRET_SETTINGS.has(name)) {
        options.push(new Option(`--${flagName(name)}-file <file>`, `File that holds --${flagName(name)}`));
      }
      for (const option of options)
        program.addOption(option.helpGroup(`${title}:`).hideHelp(limits.has(name)));
    }
  }
  program.on('option:help-all', () => {
    for (const option of program.options) option.hidden = false;
    program.help();
  });

  program
    .command('config')
    .description('Print the settings that hold, where each comes from, without secrets')
    .action(() => showSettings(effectiveSettings(program.opts())));
  program
    .command('doctor')
    .description('Check everything that the settings depend on; exit code 1 when something is missing')
    .option('--complete', 'Every row of every file of the data folder, instead of some of each table')
    .action(async ({ complete = false }: { complete?: boolean }) => {
      const { doctor } = await import('./stored-data/doctor.ts');
      return doctor(readSettings(program.opts()), complete);
    });

  program
    .command('upgrade')
    .description('Bring everything that is stored up to date, as the next start would')
    .option('--check', 'Say what would be done and change nothing; exit code 2 when there are steps to run')
    .action(async ({ check = false }: { check?: boolean }) => {
      const { upgrade } = await import('./stored-data/upgrade.ts');
      return upgrade(readSettings(program.opts()), check);
    });

  addDeadLetterCommands(program);
  addWorkerCommands(program);
  addTransferCommands(program);
  addReconcileCommand(program);
  addRecomputeCommand(program);
  addBackupCommands(program);
  addSimulateCommand(program);
  addReplayCommands(program);
  addReparseCommand(program);
  addAuditCommands(program);
  addLogCommands(program);

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
      const { rotateKeys } = await import('./accounts/rotate-keys.ts');
      return rotateKeys(readSettings(program.opts()), withdraw);
    });
  return program;
}

/** `--all` keeps a slip of the hand from replaying or discarding more than was meant. */
function addDeadLetterCommands(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('Dead letters of a shared bus and dead jobs of a shared queue');
  const selecting = (command: Command) =>
    command
      .addOption(new Option('--kind <kind>', 'One kind only').choices(['message', 'job']))
      .option('--name <name>', 'One topic or job name only')
      .option('--limit <count>', 'At most so many, the newest', Number, 100);
  const settings = () => readSettings(program.opts());
  selecting(dlq.command('list').description('Newest first, with the reason')).action(
    async (query: { kind?: 'message' | 'job'; name?: string; limit: number }) =>
      (await deadLetters()).listDeadLetters(settings(), query),
  );
  dlq
    .command('show <id>')
    .description('One with its content, as JSON')
    .action(async (id: string) => (await deadLetters()).showDeadLetter(settings(), id));
  for (const [action, description] of [
    ['replay', 'Send on their way once more'],
    ['discard', 'Forget for good'],
  ] as const) {
    selecting(dlq.command(`${action} [ids...]`).description(description))
      .option('--all', 'All that --kind, --name and --limit select, instead of ids')
      .action(
        async (
          ids: string[],
          { all, ...query }: { all?: boolean; kind?: 'message' | 'job'; name?: string; limit: number },
          command: Command,
        ) => {
          if (ids.length === 0 && !all) command.error(`error: name dead letters to ${action}, or say --all`);
          return (await deadLetters()).settleDeadLetters(settings(), action, ids, all ? query : null);
        },
      );
  }
}

function addWorkerCommands(program: Command): void {
  const command = program.command('workers').description('Consumers of every process on a shared bus');
  command
    .command('list')
    .description('How many messages each processes concurrently')
    .action(async () => (await workers()).listWorkers(readSettings(program.opts())));
  command
    .command('scale <service>')
    .description(
      'Set how many messages the running consumers of a service process concurrently, by --concurrency',
    )
    .option('--worker <name>', 'One consumer only')
    .action(async (service: string, { worker }: { worker?: string }) =>
      (await workers()).scaleWorkers(readSettings(program.opts()), service, worker),
    );
}

function addTransferCommands(program: Command): void {
  program
    .command('import <files...>')
    .description(
      'Bring recordings into the store of a running platform, at --server or through a shared queue',
    )
    .option('--dry-run', 'Say what is in them and what they would replace, and store nothing')
    .option('--server <url>', 'A running platform to which they are uploaded')
    .addOption(new Option('--token <token>', 'Its access token').env('DELTASTREAM_TOKEN'))
    .option(
      '--rejects-folder <folder>',
      'With --server: where NAME.rejects.csv goes instead of beside the recording',
    )
    .action(async (files: string[], flags: ImportFlags) =>
      (await transfers()).importRecordings(readSettings(program.opts()), files, flags),
    );
  program
    .command('export')
    .description('Write stored data to files: CSV, Parquet or Arrow')
    .addOption(new Option('--kind <kind>', 'What').choices([...EXPORT_KINDS]).makeOptionMandatory())
    .addOption(
      new Option('--format <format>', 'Format of the files').choices([...EXPORT_FORMATS]).default('csv'),
    )
    .option('--product <symbols>', 'Of which products, separated by commas; all that are stored without')
    .requiredOption('--from <time>', 'Inclusive, such as 2026-08-19T00:00:00Z')
    .requiredOption('--to <time>', 'Exclusive')
    .option('--expiry <date>', 'Of chains and summaries; every expiry without')
    .addOption(new Option('--interval <length>', 'Of bars').choices([...STORED_INTERVALS]))
    .option(
      '--folder <folder>',
      'Write a file for each product and day into folders that name them; one file of each product in the data folder without',
    )
    .action(async (flags: ExportFlags) =>
      (await transfers()).exportData(readSettings(program.opts()), flags),
    );
}

function addReconcileCommand(program: Command): void {
  program
    .command('reconcile')
    .description(
      "Compare what is stored of a session's close with the exchange's own end-of-day report; exit code 2 when they differ",
    )
    .requiredOption('--bhavcopy <file>', 'The report, of either format of NSE or BSE, also compressed')
    .addOption(
      new Option('--format <format>', 'How it is printed').choices(['text', 'json', 'csv']).default('text'),
    )
    .option('--server <url>', 'A running platform to ask, instead of the store of the settings')
    .addOption(new Option('--token <token>', 'Its access token').env('DELTASTREAM_TOKEN'))
    .action(async (order: ReconcileOrder) =>
      (await reconciliation()).printReconciliation(readSettings(program.opts()), order),
    );
}

function addBackupCommands(program: Command): void {
  program
    .command('status')
    .description('Print what is kept: products, from when to when, gaps, bytes by kind')
    .addOption(new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'))
    .action(async ({ format }: { format: 'text' | 'json' }) => {
      const { printStatus } = await import('./stored-data/status.ts');
      return printStatus(readSettings(program.opts()), format);
    });
  program
    .command('instruments <product>')
    .description('Print the contracts that venues listed of a product, with lots, ticks and since when')
    .option('--at <instant>', 'As they were listed then, such as 2026-11-27T10:00:00Z; now without')
    .addOption(new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'))
    .action(async (product: string, order: InstrumentOrder) => {
      const { printInstruments } = await import('./stored-data/instruments.ts');
      return printInstruments(readSettings(program.opts()), product, order);
    });
  program
    .command('backup <folder>')
    .description(
      'Copy the data folder into a new backup in a folder of backups, also while the platform runs; files that are as before are not copied again; exit code 2 when one could not be copied',
    )
    .option('--keep <count>', 'Complete backups that stay, this one included', wholeNumber, 3)
    .action(async (folder: string, { keep }: { keep: number }) =>
      (await backups()).makeBackup(readSettings(program.opts()), folder, keep),
    );
  program
    .command('restore <folder>')
    .description(
      'Put a backup, or the newest of a folder of backups, into the data folder, which must be empty',
    )
    .option('--replace', 'Move aside what the data folder holds')
    .action(async (folder: string, { replace = false }: { replace?: boolean }) =>
      (await backups()).putBack(readSettings(program.opts()), folder, replace),
    );
  program
    .command('verify [folder]')
    .description(
      'Read every row and blob of the data folder, or of a backup, and name what is damaged; exit code 2 when something is',
    )
    .action(async (folder: string | undefined) =>
      (await backups()).printVerification(readSettings(program.opts()), folder),
    );
}

function addSimulateCommand(program: Command): void {
  program
    .command('simulate <venue>')
    .description(
      'Play a market on servers of this machine that speak as a venue does (deribit, kite, upstox, dhan, openalgo, cboe), until Ctrl-C; of --products, at --port, --speed times as fast',
    )
    .option(
      '--recording <file>',
      'A recording that is played, as if it were now; the synthetic market without',
    )
    .option(
      '--fault <kind>',
      'What goes wrong: silence, mute, half_frames, duplicates, late=MS, token_expired, disconnects=MS, slow_drip=MS, oversize_refused, zeros, wrong_instrument',
    )
    .action(async (venue: string, flags: SimulateFlags) => {
      const { simulate } = await import('./simulate/simulate.ts');
      return simulate(readSettings(program.opts()), venue, flags);
    });
}

function addReparseCommand(program: Command): void {
  program
    .command('reparse <files...>')
    .description(
      'Read raw messages that --keep-raw kept, all files of one run in their order, with the connectors of this release, and write what they give as a recording',
    )
    .requiredOption('--out <file>', 'The recording, which must not be there yet')
    .action(async (files: string[], { out }: { out: string }) => {
      const { reparse } = await import('./replay/reparse.ts');
      return reparse(files, out);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It is not a whole number of 1 or more.');
}

function addRecomputeCommand(program: Command): void {
  program
    .command('recompute')
    .description(
      'Compute stored figures again from the stored quotes, and put those that changed in their place; of --products, or all',
    )
    .requiredOption('--from <time>', 'Inclusive, such as 2026-08-19T00:00:00Z')
    .requiredOption('--to <time>', 'Exclusive')
    .option('--figures <names>', 'Only these take new values, separated by commas; every figure without')
    .option('--dry-run', 'Say what would change, and change nothing')
    .addOption(new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'))
    .option('--server <url>', 'A running platform that is to do it, instead of this process')
    .addOption(new Option('--token <token>', 'Its access token').env('DELTASTREAM_TOKEN'))
    .action(async (flags: RecomputeFlags) => {
      const { products } = program.opts<{ products?: string }>();
      return (await recomputation()).printRecomputation(readSettings(program.opts()), { ...flags, products });
    });
}

function optionOf(name: string, { description, default: value, type }: SettingSchema): Option {
  // What is not simply off by default may also be switched off: `--auth-required false`.
  const argument = type !== 'boolean' ? ' <value>' : value === undefined ? ' [boolean]' : '';
  const shown =
    value === undefined || type === 'boolean' || String(value) === '' ? '' : ` (default: ${String(value)})`;
  return new Option(`--${flagName(name)}${argument}`, `${description ?? ''}${shown}`);
}
