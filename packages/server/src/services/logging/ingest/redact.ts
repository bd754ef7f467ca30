import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';

/** Names, as they stand or within a longer one, of what never is kept. `tokens_left` is none. */
const SECRET_NAME =
  /(^|[_.-])(password|passwd|pwd|secret|authorization|cookie|set[_-]cookie|api[_-]?key|access[_-]?key|private[_-]?key|(access|refresh|id|bearer|session|csrf)[_-]?token|token|credentials?)$/i;
/**
 * Values that are secrets whatever they are called: tokens of HTTP, signed tokens, and keys of ours. A signed token begins where nothing of
 * its characters is before it, so that no text is read again from each of many beginnings.
 */
const SECRET_TEXT =
  /\b(?:bearer|basic)\s+[\w.~+/=-]{16,}|(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]{5,}|\bds_[0-9a-f]{16}_[0-9a-f]{64}\b/gi;
/** Credentials of an address, before its host. */
const SECRET_OF_ADDRESS = /:\/\/[^\s/@]{1,300}@/g;
const REMOVED = '[removed]';
/** Objects inside objects beyond which a value is kept as its JSON: a sender chooses how deep it nests. */
const MAX_DEPTH = 16;

/** The entry without secrets, by the names of its fields and by what texts look like. */
export function redacted(entry: LogEntry): LogEntry {
  return {
    ...entry,
    message: textWithout(entry.message),
    fields: fieldsWithoutSecrets(entry.fields),
  };
}

/** Fields without secrets, and without what is nested too deep. */
export const fieldsWithoutSecrets = (fields: LogEntry['fields']): Record<string, unknown> =>
  without(fields, 0) as Record<string, unknown>;

const textWithout = (text: string): string =>
  text.replace(SECRET_TEXT, REMOVED).replace(SECRET_OF_ADDRESS, `://${REMOVED}@`);

function without(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return textWithout(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => without(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(snake(name)) ? REMOVED : without(inner, depth + 1),
    ]),
  );
}

/** `refreshToken` is `refresh_Token`. */
const snake = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
