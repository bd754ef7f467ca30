import { LAST_INSTANT_MS, LOG_LEVELS } from '@deltastream/contracts';
import type { LogEntry, LogLevel } from '../../ports/stores/log-store.ts';

/** Characters of a line beyond which its fields are left out, and of a message beyond which it is cut. */
export interface LineLimits {
  readonly maxLine: number;
  readonly maxMessage: number;
}

const UNNAMED_SERVICE = 'deltastream';

/**
 * The entry a line of pino's JSON stands for. A line that is no JSON object, such as what a library prints,
 * becomes the message of an `info` entry; a line that is too long keeps everything but its fields.
 */
export function parseLogLine(line: string, { maxLine, maxMessage }: LineLimits, nowMs: number): LogEntry {
  const { level, time, service, msg, ...rest } = objectOf(line) ?? { msg: line.trimEnd() };
  const fields = line.length > maxLine ? { fields_left_out_of_characters: line.length } : rest;
  return {
    timestamp: typeof time === 'number' && time >= 0 && time <= LAST_INSTANT_MS ? Math.trunc(time) : nowMs,
    level: levelOf(level),
    service: typeof service === 'string' ? service : UNNAMED_SERVICE,
    message: typeof msg === 'string' ? msg.slice(0, maxMessage) : '',
    fields,
  };
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** pino numbers its levels 10, 20, ... 60; a level between two counts as the lower one. */
function levelOf(level: unknown): LogLevel {
  if (typeof level !== 'number' || Number.isNaN(level)) return 'info';
  return LOG_LEVELS[Math.min(Math.max(Math.floor(level / 10), 1), LOG_LEVELS.length) - 1];
}
