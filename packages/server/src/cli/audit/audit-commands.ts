import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AuditPlace } from '../../ports/stores/audit/audit-store.ts';
import { readSettings } from '../../settings/read.ts';
import { integerArgument } from '../integer-argument.ts';
import type { VerifyFlags } from './verify-audit.ts';

/** The trail of security events. */
export function addAuditCommands(program: Command): void {
  program
    .command('audit')
    .description('The trail of security events')
    .command('verify')
    .description(
      'Check that no security event was changed, removed, swapped or added: in the user store of the settings, also while the platform runs; exit code 2 when one was',
    )
    .option(
      '--from <number>',
      'Number of the first event to check; the oldest that is kept without',
      integerArgument(1),
    )
    .option(
      '--known <number:hash>',
      'An event that was noted elsewhere, such as by the event audit_noted of the log; may be repeated',
      (text: string, given: readonly AuditPlace[]) => [...given, placeIn(text)],
      [],
    )
    .addOption(new Option('--format <format>', 'How it is printed').choices(['text', 'json']).default('text'))
    .option('--server <url>', 'A running platform to ask, instead of the store of the settings')
    .addOption(new Option('--token <token>', 'Its access token').env('DELTASTREAM_TOKEN'))
    .action(async (flags: VerifyFlags) => {
      const { verifyAudit } = await import('./verify-audit.ts');
      return verifyAudit(readSettings(program.opts()), flags);
    });
}

function placeIn(text: string): AuditPlace {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (hash === undefined)
    throw new InvalidArgumentError('It is not NUMBER:HASH, such as 120:9f86d0... of 64 digits.');
  return { seq: Number(seq), hash };
}
