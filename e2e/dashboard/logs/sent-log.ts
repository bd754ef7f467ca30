import { type Account, createKeys, logIn } from '../../support/platform/accounts.ts';

/** A time of yesterday in which the platform itself said nothing, as it runs since a moment ago. */
const BEGIN_MS = Math.floor((Date.now() - 86_400_000) / 3_600_000) * 3_600_000;
const MINUTE_MS = 60_000;

export const RANGE = {
  from: new Date(BEGIN_MS).toISOString(),
  to: new Date(BEGIN_MS + 10 * MINUTE_MS).toISOString(),
} as const;
/** The range as the page has it in its address. */
export const RANGE_QUERY = `log-from=${RANGE.from}&log-to=${RANGE.to}`;

export const TRACE = 'a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5';
const SPANS = [
  {
    id: '1111111111111111',
    parent: '',
    name: 'GET /api/data/chain/:product',
    startMs: 0,
    ms: 120,
    failed: false,
  },
  {
    id: '2222222222222222',
    parent: '1111111111111111',
    name: 'ask storage',
    startMs: 10,
    ms: 100,
    failed: true,
  },
  {
    id: '3333333333333333',
    parent: '2222222222222222',
    name: 'read chain',
    startMs: 20,
    ms: 40.25,
    failed: true,
  },
  {
    id: '4444444444444444',
    parent: '1111111111111111',
    name: 'write response',
    startMs: 112,
    ms: 5,
    failed: false,
  },
];

/** Lines of every level, more than a page of them, over ten minutes. */
const LEVELS = ['info', 'info', 'warn', 'info', 'error'] as const;
export const LINES = 450;
const lines = Array.from({ length: LINES }, (_, i) => ({
  timestamp: BEGIN_MS + Math.floor((i * 10 * MINUTE_MS) / LINES),
  level: LEVELS[i % LEVELS.length],
  service: i % 2 === 0 ? 'pricing' : 'books',
  event: i % 3 === 0 ? 'quote_priced' : 'book_changed',
  message: `line ${i}`,
  product: i % 5 === 4 ? (i % 10 === 4 ? 'NIFTY' : 'BTC') : null,
  request_id: `request-${i % 7}`,
  trace_id: i === 3 || i === 4 ? TRACE : null,
  status: i % 4 === 0 ? 503 : 200,
  source: { name: `source-${i % 2}` },
}));

/** Who sends lines to the log of a platform. */
export interface LogSender {
  send(line: object): Promise<void>;
}

/** Sends the lines and the trace of this suite to a platform, as a service elsewhere does. */
export async function sendLog(url: string, admin: Account): Promise<LogSender> {
  const { token } = await logIn(url, admin);
  const keys = await createKeys(url, admin, token);
  const headers = { authorization: `Bearer ${keys['logs:write'].key}` };
  const post = async (path: string, type: string, body: string) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': type },
      body,
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const send = (all: readonly object[]) =>
    post('/api/logs', 'application/x-ndjson', all.map((line) => JSON.stringify(line)).join('\n'));
  await send(lines);
  await post('/api/logs/otlp/v1/traces', 'application/json', JSON.stringify(otlpSpans()));
  return { send: (line) => send([line]) };
}

function otlpSpans() {
  const nanoseconds = (ms: number) => `${BigInt(Math.round((BEGIN_MS + ms) * 1_000)) * 1_000n}`;
  const spans = SPANS.map(({ id, parent, name, startMs, ms, failed }) => ({
    traceId: TRACE,
    spanId: id,
    parentSpanId: parent,
    name,
    kind: 2,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(startMs + ms),
    status: { code: failed ? 2 : 1 },
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'pricing' } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}
