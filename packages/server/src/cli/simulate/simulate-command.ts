import type { Command } from 'commander';
import { readSettings } from '../../settings/read.ts';
import type { SimulateFlags } from './simulate.ts';

export function addSimulateCommand(program: Command): void {
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
      const { simulate } = await import('./simulate.ts');
      return simulate(readSettings(program.opts()), venue, flags);
    });
}
