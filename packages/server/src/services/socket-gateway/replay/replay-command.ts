import {
  REPLAY_COMMANDS,
  type ReplayCommand,
  type ReplayResponse,
  SocketReplayCommand,
  schemaCheck,
} from '@deltastream/contracts';
import { accountOf, type CommandAudit } from '../../../kit/access/command-audit.ts';
import { reasonOf } from '../../../kit/errors.ts';
import { mayControlReplay, REPLAY_RIGHT } from '../../../kit/replay/replay-access.ts';
import type { Identity } from '../../../kit/tokens/token.ts';
import type { Bus } from '../../../ports/bus.ts';
import { refused } from '../clients/client-session.ts';

const commandCheck = schemaCheck(SocketReplayCommand);
const EXPECTED =
  'expected {action: "pause"|"resume"|"seek"|"step"|"speed"|"stop", at?, instants?, speed?, traceparent?}';

interface Sender {
  readonly identity: Identity | null;
  readonly address: string;
}

interface ReplayPorts {
  readonly bus: Pick<Bus, 'publish'>;
  readonly audit: CommandAudit;
}

/**
 * Tells the replay what a client asks of it, where its account may, and has it noted. Never rejects: what is wrong is in the
 * response.
 */
export async function replayCommandOf(
  command: unknown,
  { identity, address }: Sender,
  { bus, audit }: ReplayPorts,
): Promise<ReplayResponse> {
  if (identity === null) return refused('unauthenticated', 'to control the replay needs a token');
  if (!mayControlReplay(identity)) return refused('forbidden', `to control the replay needs ${REPLAY_RIGHT}`);
  if (!commandCheck.accepts(command)) return refused('invalid_request', EXPECTED);
  const { traceparent: _, ...told } = command;
  const response = await tell(told, bus);
  await audit.note({
    ...{ command: 'socket replay', ...accountOf(identity), ip: address, request: told },
    result: response.ok ? 'ok' : response.error.code,
  });
  return response;
}

async function tell(command: ReplayCommand, bus: Pick<Bus, 'publish'>): Promise<ReplayResponse> {
  const { action, at, speed } = command;
  if (action === 'seek' && (at === undefined || Number.isNaN(Date.parse(at)))) {
    return refused('invalid_request', '`at` of the action `seek` is missing or not a valid timestamp');
  }
  if (action === 'speed' && speed === undefined) {
    return refused('invalid_request', '`speed` of the action `speed` is missing');
  }
  try {
    await bus.publish(REPLAY_COMMANDS.name, REPLAY_COMMANDS.frames.encode(command));
    return { ok: true };
  } catch (error) {
    return refused('unavailable', reasonOf(error));
  }
}
