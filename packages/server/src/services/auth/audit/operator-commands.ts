import { isoTime, OPERATOR_COMMANDS } from '@deltastream/contracts';
import { malformedMessage } from '../../../kit/errors.ts';
import { createGrowingCache } from '../../../kit/growing-cache.ts';
import type { Bus, Consumer } from '../../../ports/bus.ts';
import type { Audit } from './audit.ts';
import type { AuditTrail } from './audit-trail.ts';

export interface OperatorCommandsParts {
  readonly bus: Pick<Bus, 'consume'>;
  readonly audit: Audit;
  readonly trail: Pick<AuditTrail, 'settled'>;
}

/** Commands that may be delivered again without being noted twice: those of a visibility time by far. */
const MAX_KNOWN = 10_000;

/**
 * Takes what operators told services to do into the trail. It is acknowledged when it is durable, or waits as every event does
 * while the store is away. One that is delivered to another process than before is in the trail twice, with one `command_id`.
 */
export function consumeOperatorCommands({ bus, audit, trail }: OperatorCommandsParts): Promise<Consumer> {
  const known = createGrowingCache<string, true>(MAX_KNOWN);
  return bus.consume(OPERATOR_COMMANDS.name, 'auth', async ({ frame }) => {
    const { id, at, ...told } = decoded(frame);
    if (!known.has(id)) audit('operator_command', { ...told, command_id: id, at: isoTime(at) });
    known.set(id, true);
    await trail.settled();
  });
}

function decoded(frame: Uint8Array) {
  try {
    return OPERATOR_COMMANDS.frames.decode(frame);
  } catch (cause) {
    throw malformedMessage(OPERATOR_COMMANDS.name, cause);
  }
}
