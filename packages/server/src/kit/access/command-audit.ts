import { randomBytes } from 'node:crypto';
import { ERRORS, OPERATOR_COMMANDS, type OperatorCommand } from '@deltastream/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { reasonOf } from '../errors.ts';
import { within } from '../lifecycle/bounded-wait.ts';
import { type Logger, silentLogger } from '../logging/log.ts';
import { createPacedWarning } from '../logging/paced-warning.ts';
import { isSecretField, REMOVED, withoutSecrets } from '../logging/redaction.ts';
import { bearerToken, type Identity, type TokenVerifier } from '../tokens/token.ts';
import { logContext } from '../tracing/trace-context.ts';

/** What is known of a command where it is handled; the rest is added here. */
export type NotedCommand = Pick<OperatorCommand, 'command' | 'by' | 'key_id' | 'ip' | 'result'> &
  Partial<Pick<OperatorCommand, 'target'>> & {
    /** Anything that JSON can say; secrets in it are removed. */
    readonly request?: unknown;
  };

/** Sends what operators told a service to do to the trail of security events, which auth keeps. */
export interface CommandAudit {
  /**
   * Resolves when it is on the bus, or that takes longer than a response may be held up: then it is published later. Never
   * rejects; what is lost because the bus is away for too long is counted and told.
   */
  note(command: NotedCommand): Promise<void>;
  /** Tries once more what waits. */
  stop(): Promise<void>;
}

export interface CommandAuditParts {
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Who handles the commands. */
  readonly handledBy: string;
}

const MAX_WAITING = 1_000; // Commands are given by people and scripts: hours of them while the bus is away, some 2 MB.
const HELD_UP_MS = 1_000; // What a response waits for the bus: a healthy one takes milliseconds.
const RETRY_MS = 1_000; // What a bus that is back waits at most for the commands that were held up; nobody reads them at once.
const MAX_REQUEST = 1_000; // Characters: what a person reads of a command.

export function createCommandAudit({
  bus,
  clock,
  logger = silentLogger,
  handledBy,
}: CommandAuditParts): CommandAudit {
  const tell = createPacedWarning(logger);
  let waiting: OperatorCommand[] = [];
  let lost = 0;
  let publishing: Promise<void> | null = null;
  let retry: NodeJS.Timeout | undefined;
  let isStopped = false;

  const publishAll = async () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      try {
        await bus.publish(OPERATOR_COMMANDS.name, OPERATOR_COMMANDS.frames.encode(next));
      } catch (error) {
        tell('bus', 'operator_commands_not_published', {
          ...{ reason: reasonOf(error), waiting: waiting.length, lost },
        });
        if (!isStopped) retry = setTimeout(start, RETRY_MS).unref();
        return;
      }
      waiting = waiting.filter((each) => each !== next);
    }
  };
  const start = (): Promise<void> => {
    clearTimeout(retry);
    publishing ??= publishAll().finally(() => {
      publishing = null;
    });
    return publishing;
  };

  return {
    async note({ request, target = {}, ...noted }) {
      waiting.push({
        ...noted,
        ...{ id: randomBytes(12).toString('hex'), at: clock.now(), handled_by: handledBy, target },
        request: requestText(request),
        request_id: logContext()?.request_id ?? null,
      });
      if (waiting.length > MAX_WAITING) {
        lost += waiting.length - MAX_WAITING;
        waiting = waiting.slice(-MAX_WAITING);
      }
      await within(HELD_UP_MS, start(), () => undefined);
    },
    async stop() {
      isStopped = true;
      clearTimeout(retry);
      if (waiting.length > 0) await within(HELD_UP_MS, start(), () => undefined);
    },
  };
}

/** Content of files, and values under names of secrets, are left out. */
function requestText(request: unknown): string | null {
  if (request === undefined || request === null) return null;
  const text = JSON.stringify(request, (name, value) =>
    name === 'content' || isSecretField(name) ? REMOVED : value,
  );
  const kept = withoutSecrets(text);
  // Half of a character would be another in the store than in the hash of the trail.
  return kept.length > MAX_REQUEST ? `${kept.slice(0, MAX_REQUEST).toWellFormed()}…` : kept;
}

export interface CommandRoutesParts {
  readonly audit: CommandAudit;
  readonly verifier: Pick<TokenVerifier, 'recall'>;
  /** Routes that only read, by their paths, and count as commands all the same. */
  readonly reads?: readonly string[];
  /** Whether a request is only a part of a command, which is noted with its last. */
  readonly isPart?: (request: FastifyRequest) => boolean;
}

/**
 * Notes what is told by requests to the routes that are registered in `app` from now on: those that change something, once the
 * caller may and the request fits its schema, whatever comes of it. Before the response is sent.
 */
export function auditCommands(app: FastifyInstance, parts: CommandRoutesParts): void {
  const { audit, verifier, reads = [], isPart = () => false } = parts;
  const commands = new WeakSet<FastifyRequest>();
  const isCommand = ({ method, routeOptions }: FastifyRequest) =>
    (method !== 'GET' && method !== 'HEAD') || (method === 'GET' && reads.includes(routeOptions.url ?? ''));

  app.addHook('preHandler', (request, _reply, done) => {
    if (isCommand(request) && !isPart(request)) commands.add(request);
    done();
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (!commands.delete(request)) return payload;
    const token = bearerToken(request);
    const identity = token === null ? null : (verifier.recall?.(token) ?? null);
    await audit.note({
      command: `${request.method} ${request.routeOptions.url}`,
      ...accountOf(identity),
      ip: request.ip,
      target: textsOf(request.params),
      request: request.body ?? request.query,
      result: reply.statusCode < 400 ? 'ok' : codeOf(payload, reply.statusCode),
    });
    return payload;
  });
}

/** The account behind an identity, and the key that it used. */
export const accountOf = (identity: Identity | null): Pick<OperatorCommand, 'by' | 'key_id'> => ({
  by: identity?.userId ?? logContext()?.user_id ?? null,
  key_id: identity !== null && identity.scopes !== null ? identity.sessionId : null,
});

const textsOf = (params: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((params ?? {}) as object).map(([name, value]) => [
      name,
      String(value).slice(0, 1_000).toWellFormed(),
    ]),
  );

/** Of a problem; the status of another response. */
function codeOf(payload: unknown, status: number): string {
  try {
    const { code } = JSON.parse(String(payload)) as { readonly code?: string };
    if (code !== undefined && Object.hasOwn(ERRORS, code)) return code;
  } catch {
    // No problem.
  }
  return `status_${status}`;
}
