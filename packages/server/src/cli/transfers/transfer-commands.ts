import { EXPORT_FORMATS, EXPORT_KINDS, STORED_INTERVALS } from '@deltastream/contracts';
import { type Command, Option } from 'commander';
import { readSettings } from '../../settings/read.ts';
import type { ExportFlags, ImportFlags } from './transfers.ts';

const transfers = () => import('./transfers.ts');

/** Recordings into a store, and what is stored out of it. */
export function addTransferCommands(program: Command): void {
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
