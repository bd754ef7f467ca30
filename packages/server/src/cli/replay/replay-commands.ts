import { type Command, Option } from 'commander';
import type { ReplayStartFlags, ReplayTarget } from './control-replay.ts';

const replays = () => import('./control-replay.ts');

/** Of a running platform: what it plays is in its memory. */
export function addReplayCommands(program: Command): void {
  const replay = program
    .command('replay')
    .description('Play a stored range or a recording again to the subscribers of a running platform');
  const reaching = (command: Command) =>
    command
      .option('--server <url>', 'The running platform', 'http://localhost:8000')
      .addOption(new Option('--token <token>', 'Its access token').env('DELTASTREAM_TOKEN'))
      .addOption(
        new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'),
      );
  reaching(
    replay
      .command('start')
      .description('Begin, in the place of one that is under way; of --products, at --speed'),
  )
    .option('--from <time>', 'Inclusive, such as 2026-08-19T03:45:00Z')
    .option('--to <time>', 'Exclusive')
    .option('--recording <file>', 'A file of the folder "imports" of the platform, instead of what is stored')
    .option('--paused', 'Show the first instant and wait')
    .option('--loop', 'Begin again at the end')
    .option('--shift', 'Send times as if the first instant were now')
    .option('--then-live', 'Show the live market at the end')
    .action(async ({ server, token, format, ...flags }: ReplayStartFlags & ReplayTarget) => {
      const { products, speed } = program.opts<{ products?: string; speed?: string }>();
      return (await replays()).startReplay({ ...flags, products, speed }, { server, token, format });
    });
  reaching(replay.command('status').description('How it stands')).action(async (target: ReplayTarget) =>
    (await replays()).printReplay(target),
  );
  for (const [action, description] of [
    ['pause', 'Wait where it is'],
    ['resume', 'Go on'],
    ['stop', 'End it: the live market is shown'],
  ] as const) {
    reaching(replay.command(action).description(description)).action(async (target: ReplayTarget) =>
      (await replays()).controlReplay({ action }, target),
    );
  }
  reaching(
    replay.command('seek <time>').description('Show what held at an instant, and go on from there'),
  ).action(async (at: string, target: ReplayTarget) =>
    (await replays()).controlReplay({ action: 'seek', at }, target),
  );
  reaching(
    replay.command('step [instants]').description('Show so many instants more, and wait; 1 without'),
  ).action(async (instants: string | undefined, target: ReplayTarget) => {
    const { controlReplay, instantsIn } = await replays();
    return controlReplay({ action: 'step', instants: instantsIn(instants ?? '1') }, target);
  });
  reaching(
    replay.command('speed <factor>').description('Play so many times as fast, 0.1 to 10,000, or max'),
  ).action(async (factor: string, target: ReplayTarget) => {
    const { controlReplay, speedIn } = await replays();
    return controlReplay({ action: 'speed', speed: speedIn(factor) }, target);
  });
}

/** Of files on this machine. */
export function addReparseCommand(program: Command): void {
  program
    .command('reparse <files...>')
    .description(
      'Read raw messages that --keep-raw kept, all files of one run in their order, with the connectors of this release, and write what they give as a recording',
    )
    .requiredOption('--out <file>', 'The recording, which must not be there yet')
    .action(async (files: string[], { out }: { out: string }) => {
      const { reparse } = await import('./reparse.ts');
      return reparse(files, out);
    });
}
