import { type Command, Option } from 'commander';
import { readSettings } from '../../settings/read.ts';

const deadLetters = () => import('./dead-letters.ts');
const workers = () => import('./workers.ts');

/** `--all` keeps a slip of the hand from replaying or discarding more than was meant. */
export function addDeadLetterCommands(program: Command): void {
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

export function addWorkerCommands(program: Command): void {
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
