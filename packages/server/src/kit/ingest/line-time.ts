import { LineProblem } from './line-problem.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** Less is in seconds: as milliseconds it is before 1973. */
export const LEAST_MS = 1e11;

/** The instant that a field says, in milliseconds since 1970. Throws LineProblem. */
export function instantOf(name: string, value: unknown): number {
  const at = msOf(value);
  if (at >= LEAST_MS) return at;
  // What is neither may be nested as deeply as a body is long.
  const shown = ['string', 'number'].includes(typeof value) ? JSON.stringify(value).slice(0, 60) : 'given';
  if (!Number.isNaN(at)) {
    throw new LineProblem(`${name} ${shown} is before 1973`, 'Give milliseconds since 1970, not seconds.');
  }
  throw new LineProblem(
    `${name} ${shown} is not an instant with a time zone`,
    'Give ISO-8601 with Z or an offset such as +05:30, or milliseconds since 1970.',
  );
}

/** NaN where it is not a valid timestamp. */
function msOf(value: unknown): number {
  if (typeof value === 'string' && TIME.test(value)) return Date.parse(value);
  return Number.isInteger(value) ? (value as number) : Number.NaN;
}
