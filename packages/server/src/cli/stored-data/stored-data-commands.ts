import { type Command, Option } from 'commander';
import { readSettings } from '../../settings/read.ts';
import { integerArgument } from '../integer-argument.ts';
import type { InstrumentOrder } from './instruments.ts';
import type { RecomputeFlags } from './recompute.ts';
import type { ReconcileOrder } from './reconcile.ts';

const backups = () => import('./backup.ts');

/** What is kept, and whether it is right: reconciliation, recomputation, state, backups. */
export function addStoredDataCommands(program: Command): void {
  addReconcileCommand(program);
  addRecomputeCommand(program);
  addBackupCommands(program);
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
      (await import('./reconcile.ts')).printReconciliation(readSettings(program.opts()), order),
    );
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
      return (await import('./recompute.ts')).printRecomputation(readSettings(program.opts()), {
        ...flags,
        products,
      });
    });
}

function addBackupCommands(program: Command): void {
  program
    .command('status')
    .description('Print what is kept: products, from when to when, gaps, bytes by kind')
    .addOption(new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'))
    .action(async ({ format }: { format: 'text' | 'json' }) => {
      const { printStatus } = await import('./status.ts');
      return printStatus(readSettings(program.opts()), format);
    });
  program
    .command('instruments <product>')
    .description('Print the contracts that venues listed of a product, with lots, ticks and since when')
    .option('--at <instant>', 'As they were listed then, such as 2026-11-27T10:00:00Z; now without')
    .addOption(new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'))
    .action(async (product: string, order: InstrumentOrder) => {
      const { printInstruments } = await import('./instruments.ts');
      return printInstruments(readSettings(program.opts()), product, order);
    });
  program
    .command('backup <folder>')
    .description(
      'Copy the data folder into a new backup in a folder of backups, also while the platform runs; files that are as before are not copied again; exit code 2 when one could not be copied',
    )
    .option('--keep <count>', 'Complete backups that stay, this one included', integerArgument(1), 3)
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
