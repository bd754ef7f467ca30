import { once } from 'node:events';
import { stderr, stdout } from 'node:process';
import { DeltaStreamError } from '../../kit/errors.ts';
import { readUserFile } from '../../kit/files/user-file.ts';
import type { Settings } from '../../settings/compose.ts';
import { followLog } from './follow-log.ts';
import { type LogParameters, type LogSource, type LogView, platformLogs, storedLogs } from './log-source.ts';
import { countLines, entryLine, painterOf, traceLines } from './print-entries.ts';
import { inOrder, tailedEntries } from './tail-entries.ts';

/** Where, and how it is printed. */
export interface LogTarget {
  readonly server: string;
  readonly token?: string;
  readonly tokenFile?: string;
  /** The data folder of the settings instead of a running platform. */
  readonly stored?: boolean;
  readonly json?: boolean;
}

/** What entries must be, as flags. */
export interface LogFlags {
  readonly level?: string;
  readonly service?: string;
  readonly event?: string;
  readonly productSymbol?: string;
  readonly user?: string;
  readonly request?: string;
  readonly trace?: string;
  readonly field: readonly string[];
  readonly since?: string;
  readonly until?: string;
}

const PAGE = 1_000; // Entries of a request: some 300 KB of JSON.
const paint = painterOf(stdout);
const paintError = painterOf(stderr);

/** Prints the newest entries, then those that are stored from now on, until its reader goes or it is interrupted. */
export async function tailLogs(
  settings: Settings,
  { lines, follow, ...flags }: LogFlags & LogTarget & { readonly lines: number; readonly follow: boolean },
): Promise<void> {
  const query = parametersOf(flags);
  const print = printerOf(flags);
  if (!follow || flags.stored) {
    if (follow) stderr.write('A folder is not followed: these are its newest entries\n');
    return withSource(settings, flags, async (source) => {
      await print(...(await newest(source, query, lines)));
    });
  }
  const { server } = flags;
  const token = tokenOf(flags);
  const source = platformLogs(server, token);
  const gone = new AbortController();
  stdout.once('error', () => gone.abort());
  const tailed = tailedEntries({
    events: followLog({ server, token }, query, gone.signal),
    newest: (missed, count) => newest(source, missed, count),
    ...{ query, lines },
  });
  for await (const each of tailed) {
    if (each.kind === 'note') say(each.text);
    else await print(each.entry);
  }
}

/** Prints the entries that fit, oldest first, at most the newest `limit`. */
export async function grepLogs(
  settings: Settings,
  text: string | undefined,
  { limit, ...flags }: LogFlags & LogTarget & { readonly limit: number },
): Promise<void> {
  const query = { ...parametersOf(flags), ...(text !== undefined && { text }) };
  await withSource(settings, flags, async (source) => {
    await printerOf(flags)(...(await newest(source, query, limit)));
  });
}

/** Prints a trace as a tree with durations. Rejects with `no_data` where no line of it is stored. */
export async function printTrace(settings: Settings, id: string, target: LogTarget): Promise<void> {
  if (!/^[0-9a-fA-F]{32}$/.test(id)) {
    throw new DeltaStreamError('invalid_request', `${id}: a trace id has 32 hexadecimal digits`);
  }
  await withSource(settings, target, async (source) => {
    const trace = await source.trace(id);
    if (trace === null) throw new DeltaStreamError('no_data', `no line of trace ${id} is stored`);
    await printLines(target.json ? [JSON.stringify(trace)] : traceLines(trace, paint));
  });
}

/** Prints numbers of entries by the values of names. */
export async function printCounts(
  settings: Settings,
  { by, ...flags }: LogFlags & LogTarget & { readonly by: string },
): Promise<void> {
  await withSource(settings, flags, async (source) => {
    const counts = await source.counts({ ...parametersOf(flags), by });
    const asObject = (values: readonly (string | null)[]) =>
      Object.fromEntries(counts.by.map((name, i) => [name, values[i] ?? null]));
    await printLines(
      flags.json
        ? counts.groups.map(({ values, count }) => JSON.stringify({ ...asObject(values), count }))
        : countLines(counts, paint),
    );
  });
}

async function withSource(settings: Settings, target: LogTarget, work: (source: LogSource) => Promise<void>) {
  const source = target.stored ? await storedLogs(settings) : platformLogs(target.server, tokenOf(target));
  try {
    await work(source);
  } finally {
    await source.close();
  }
}

/** The newest entries that fit, oldest first. */
async function newest(source: LogSource, query: LogParameters, count: number): Promise<LogView[]> {
  const found: LogView[] = [];
  let cursor: string | null = null;
  while (found.length < count) {
    const limit = String(Math.min(PAGE, count - found.length));
    const page: Awaited<ReturnType<LogSource['page']>> = await source.page({
      ...query,
      limit,
      ...(cursor !== null && { cursor }),
    });
    found.push(...page.logs);
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return found.reverse();
}

const printerOf =
  ({ json = false }: LogTarget) =>
  (...entries: readonly LogView[]): Promise<void> =>
    printLines(entries.map((entry) => (json ? JSON.stringify(inOrder(entry)) : entryLine(entry, paint))));

/** Waits for a reader that is slow, so that what is printed never waits in memory; one that has gone is not waited for. */
async function printLines(lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    if (stdout.write(`${line}\n`) || stdout.destroyed || !stdout.writable) continue;
    await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => undefined);
  }
}

const say = (text: string) => stderr.write(`${paintError('yellow', text)}\n`);

/** By the names of the parameters of `GET /api/logs`. Throws `invalid_request` naming the flag. */
export function parametersOf(flags: LogFlags, nowMs = Date.now()): LogParameters {
  const { level, service, event, productSymbol, user, request, trace, field, since, until } = flags;
  const given = {
    ...{ level, service, event, product: productSymbol, user_id: user, request_id: request, trace_id: trace },
    fields: field.length === 0 ? undefined : field.join(','),
    from: since === undefined ? undefined : instantOf('--since', since, nowMs),
    to: until === undefined ? undefined : instantOf('--until', until, nowMs),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** An instant, or how long ago. */
function instantOf(flag: string, text: string, nowMs: number): string {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const at =
    count === undefined ? Date.parse(text) : nowMs - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (Number.isFinite(at) && at >= 0) return new Date(at).toISOString();
  throw new DeltaStreamError(
    'invalid_request',
    `${flag}: ${text} is neither an instant nor a time ago, such as 15m`,
  );
}

function tokenOf({ token, tokenFile }: LogTarget): string | undefined {
  return tokenFile === undefined ? token : readUserFile(tokenFile).trim();
}
