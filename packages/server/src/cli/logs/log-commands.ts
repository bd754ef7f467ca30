import { LOG_LEVELS } from '@deltastream/contracts';
import { type Command, Option } from 'commander';
import { readSettings } from '../../settings/read.ts';
import { integerArgument } from '../integer-argument.ts';
import type { LogFlags, LogTarget } from './read-logs.ts';

const logs = () => import('./read-logs.ts');

/** The log of a running platform, or of its data folder. */
export function addLogCommands(program: Command): void {
  const command = program
    .command('logs')
    .description('Search and follow the log of a running platform, with a token of scope logs:read');
  const settings = () => readSettings(program.opts());
  const reaching = (of: Command) =>
    of
      .addOption(
        new Option('--server <url>', 'The running platform')
          .env('DELTASTREAM_SERVER')
          .default('http://localhost:8000'),
      )
      .addOption(new Option('--token <token>', 'Its access token or API key').env('DELTASTREAM_TOKEN'))
      .addOption(new Option('--token-file <file>', 'File that holds it').env('DELTASTREAM_TOKEN_FILE'))
      .option(
        '--stored',
        'Read the data folder of the settings (--data) instead, also while a platform writes it',
      )
      .option('--json', 'A line of JSON for each, as the API gives it');
  const filtering = (of: Command) =>
    reaching(of)
      .addOption(new Option('--level <level>', 'This level and above').choices([...LOG_LEVELS]))
      .option('--service <name>', 'Of one service')
      .option('--event <name>', 'Of one event of the catalogue')
      .option('--product-symbol <symbol>', 'About one product')
      .option('--user <id>', 'Of one account')
      .option('--request <id>', 'Of one request, over all services')
      .option('--trace <id>', 'Of one trace')
      .option('--field <name=value>', 'A field that has this value; may be repeated', collected, [])
      .option('--since <time>', 'Inclusive: an instant, or how long ago, such as 15m, 2h, 1d')
      .option('--until <time>', 'Exclusive');

  filtering(command.command('tail').description('The newest entries, then each as it is stored'))
    .option('--lines <count>', 'Entries before', integerArgument(0, 10_000), 10)
    .option('--no-follow', 'Only those')
    .action(async (flags: LogFlags & LogTarget & { lines: number; follow: boolean }) =>
      (await logs()).tailLogs(settings(), flags),
    );
  filtering(
    command
      .command('grep [text]')
      .description('Entries that have the text in message or fields, oldest first'),
  )
    .option('--limit <count>', 'At most so many, the newest', integerArgument(0, 100_000), 1_000)
    .action(async (text: string | undefined, flags: LogFlags & LogTarget & { limit: number }) =>
      (await logs()).grepLogs(settings(), text, flags),
    );
  reaching(
    command
      .command('trace <id>')
      .description('The spans of a trace as a tree with durations, and its entries'),
  ).action(async (id: string, target: LogTarget) => (await logs()).printTrace(settings(), id, target));
  filtering(
    command.command('counts').description('Numbers of entries by the values of names, the largest first'),
  )
    .option(
      '--by <names>',
      'Names by comma: level, service, event, product, user_id, or paths of fields',
      'service',
    )
    .action(async (flags: LogFlags & LogTarget & { by: string }) =>
      (await logs()).printCounts(settings(), flags),
    );
}

const collected = (value: string, before: readonly string[]): string[] => [...before, value];
