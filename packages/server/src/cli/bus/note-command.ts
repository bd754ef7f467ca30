import { hostname, userInfo } from 'node:os';
import { createCommandAudit } from '../../kit/access/command-audit.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus } from '../../ports/bus.ts';
import { systemClock } from '../../ports/clock.ts';

/** Does what the command line asks for, and has it kept in the trail of security events with who did it on which machine. */
export async function noted<Result>(
  bus: Pick<Bus, 'publish'> | undefined,
  command: string,
  target: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const audit = bus && createCommandAudit({ bus, clock: systemClock, handledBy: 'command line' });
  const note = (result: string) =>
    audit?.note({
      ...{ command: `deltastream ${command}`, by: null, key_id: null, target: { ...target }, result },
      ip: `${userInfo().username}@${hostname()}`,
    });
  try {
    const result = await work();
    await note('ok');
    return result;
  } catch (error) {
    await note(error instanceof DeltaStreamError ? error.code : 'internal');
    throw error;
  } finally {
    await audit?.stop();
  }
}
