import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Names of fields whose values never reach a log. */
const SECRET_FIELDS = ['password', 'token', 'refresh_token', 'secret', 'authorization', 'cookie'];

/** A structured logger; `service` is bound by `child`. Secrets are removed by field name, at two levels. */
export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: () => `,"time":${Date.now()}`,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[removed]',
      },
    },
    destination,
  );
}

export const serviceLogger = (logger: Logger, service: string): Logger => logger.child({ service });

/** A logger that writes nothing. */
export const silentLogger: Logger = pino({ level: 'silent' });
