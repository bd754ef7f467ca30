import { stderr } from 'node:process';
import { Command, Option } from 'commander';
import type { SettingSchema } from '../kit/settings-fragment.ts';
import { VERSION } from '../services.ts';
import { FRAGMENTS, SECRET_SETTINGS } from '../settings/compose.ts';
import { effectiveSettings, readSettings } from '../settings/read.ts';
import { showSettings } from '../settings/show.ts';
import { flagName } from '../settings/sources.ts';
import { addAccountCommands } from './accounts/account-commands.ts';
import { addAuditCommands } from './audit/audit-commands.ts';
import { addDeadLetterCommands, addWorkerCommands } from './bus/bus-commands.ts';
import { addLogCommands } from './logs/log-commands.ts';
import { addReparseCommand, addReplayCommands } from './replay/replay-commands.ts';
import { addSimulateCommand } from './simulate/simulate-command.ts';
import { run } from './start/run.ts';
import { addStoredDataCommands } from './stored-data/stored-data-commands.ts';
import { addTransferCommands } from './transfers/transfer-commands.ts';

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

/**
 * The command line: one flag per setting, so that nothing is declared twice. What a command does is loaded when it is
 * given: a service does not carry the tools of operators.
 */
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
  addStoredDataCommands(program);
  addSimulateCommand(program);
  addReplayCommands(program);
  addReparseCommand(program);
  addAuditCommands(program);
  addLogCommands(program);
  addAccountCommands(program);
  return program;
}

function optionOf(name: string, { description, default: value, type }: SettingSchema): Option {
  // What is not simply off by default may also be switched off: `--auth-required false`.
  const argument = type !== 'boolean' ? ' <value>' : value === undefined ? ' [boolean]' : '';
  const shown =
    value === undefined || type === 'boolean' || String(value) === '' ? '' : ` (default: ${String(value)})`;
  return new Option(`--${flagName(name)}${argument}`, `${description ?? ''}${shown}`);
}
