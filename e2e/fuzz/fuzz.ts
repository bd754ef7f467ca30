import { Agent, request as send } from 'node:http';
import type { OpenApiDocument } from '../../packages/server/src/services/gateway/openapi/document.ts';
import { getJson } from '../support/clients/rest.ts';
import { accountOf, createAccount, FAST_PASSWORDS, register } from '../support/platform/accounts.ts';
import { startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';
import { untilStored } from '../support/platform/until-stored.ts';
import { createChoices } from './choices.ts';
import { CREDENTIALS, type Credentials, createCredentials } from './credentials.ts';
import { type Answer, createJudge } from './judge.ts';
import { createKnownValues, type KnownValues } from './known-values.ts';
import { operationsOf } from './operations.ts';
import { type PlannedRequest, planRequest } from './request-plan.ts';

export interface FuzzReport {
  readonly requests: number;
  readonly operations: number;
  /** Operations that answered with success at least once. */
  readonly succeeded: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly byCode: Readonly<Record<string, number>>;
  /** What went against the document, each kind with its first example. */
  readonly findings: readonly Finding[];
  readonly silent: readonly string[];
}

export interface Finding {
  readonly what: string;
  readonly count: number;
  readonly example: string;
}

interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly concurrency?: number;
}

const ANSWER_TIMEOUT_MS = 15_000;
/** Routes of health and metrics are many and alike, so each gets a part of a real route's share. */
const PLAIN_SHARE = 0.1;

/** Sends requests made from the platform's own document to a platform of its own, and judges every response by it. */
export async function fuzz({ requests, seed, concurrency = 16 }: FuzzOptions): Promise<FuzzReport> {
  const folder = temporaryFolder();
  const admin = await createAccount(folder.path, 'admin', 'admin');
  // Every request comes from a network of its own, so that limits by network do not hide what lies behind them.
  const platform = await startPlatform([
    ...['--data', folder.path, '--products', 'NIFTY,BTC', '--trusted-proxies', '127.0.0.1,::1'],
    ...['--read-rate', '0', '--compute-rate', '0', '--account-rate', '0'],
    ...FAST_PASSWORDS,
  ]);
  try {
    await untilStored(platform.url, ['NIFTY', 'BTC']);
    const api = await getJson<OpenApiDocument>(`${platform.url}/api/openapi.json`);
    const credentials = await createCredentials(platform.url, admin);
    const known = await knownValues(platform.url);
    return await run(platform.url, api, credentials, known, { requests, seed, concurrency });
  } finally {
    await platform.stop();
    folder.remove();
  }
}

async function run(
  url: string,
  api: OpenApiDocument,
  credentials: Credentials,
  known: KnownValues,
  { requests, seed, concurrency }: Required<FuzzOptions>,
): Promise<FuzzReport> {
  const operations = operationsOf(api);
  const plain = operations.filter(({ operation }) => operation.tags?.includes('operations'));
  const routes = operations.filter((each) => !plain.includes(each));
  const judge = createJudge(api, operations);
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const { hostname, port } = new URL(url);
  const byStatus: Record<string, number> = {};
  const byCode: Record<string, number> = {};
  const succeeded = new Set<string>();
  const findings = new Map<string, { count: number; example: string }>();
  let next = 0;

  const one = async (number: number) => {
    const choices = createChoices(seed, number);
    const pool = choices.chance(PLAIN_SHARE) ? plain : routes;
    const operation = choices.of(pool);
    const request = planRequest(operation, api, known, choices);
    const kind = choices.of(CREDENTIALS);
    const authorization = credentials.header(kind, request.operation, choices);
    const headers: Record<string, string> = {
      ...request.headers,
      'x-forwarded-for': `10.${choices.integer(0, 255)}.${choices.integer(0, 255)}.${choices.integer(1, 254)}`,
      ...(authorization === null ? {} : { authorization }),
      // Said here because Node says no length where it expects no body, and the body would be the next request.
      ...(request.body === null ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
    };
    const response = await exchange({ hostname, port, agent }, request, headers);
    byStatus[response.status] = (byStatus[response.status] ?? 0) + 1;
    const body = readJson(response);
    const code = (body as { code?: string } | null)?.code;
    if (response.status >= 400 && code) byCode[code] = (byCode[code] ?? 0) + 1;
    if (response.status < 300) {
      succeeded.add(request.operation);
      known.learn(operation.path, body);
    } else if (code === 'invalid_token') credentials.refused(kind);
    const wrong = response.status === 0 ? `no response: ${response.body}` : judge(request, response);
    if (wrong === null) return;
    const what = `${request.operation} ${response.status}: ${wrong}`;
    const found = findings.get(what) ?? { count: 0, example: shown(number, request, headers, response) };
    findings.set(what, { ...found, count: found.count + 1 });
  };

  const worker = async () => {
    while (next < requests) await one(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  return {
    requests: next,
    operations: operations.length,
    succeeded: succeeded.size,
    byStatus,
    byCode,
    findings: [...findings].map(([what, found]) => ({ what, ...found })),
    silent: operations.map(({ id }) => id).filter((id) => !succeeded.has(id)),
  };
}

/** Status 0 stands for a connection that ended without a response. */
function exchange(
  place: { hostname: string; port: string; agent: Agent },
  { method, target, body }: PlannedRequest,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: 0, headers: {}, body: Buffer.from(error.message) });
    const outgoing = send(
      { ...place, method, path: target, headers, timeout: ANSWER_TIMEOUT_MS },
      (incoming) => {
        const chunks: Buffer[] = [];
        const received = () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          });
        const isEndless = incoming.headers['content-type']?.startsWith('text/event-stream');
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (!isEndless) return;
          received();
          outgoing.destroy();
        });
        incoming.on('error', failed);
        incoming.on('end', received);
      },
    );
    outgoing.on('error', failed);
    outgoing.on('timeout', () => outgoing.destroy(new Error('too late')));
    outgoing.end(body ?? undefined);
  });
}

async function knownValues(url: string): Promise<KnownValues> {
  const { expiries } = await getJson<{ expiries: { expiry: string }[] }>(`${url}/api/data/expiries/NIFTY`);
  const { expiry, strikes } = await getJson<{ expiry: string; strikes: number[] }>(
    `${url}/api/data/chain/NIFTY`,
  );
  const now = Date.now();
  const times = [-60_000, -2000, 0, 60_000].map((offset) => new Date(now + offset).toISOString());
  const { email, password } = accountOf('viewer-0');
  const managed = await register(url, accountOf('managed'));
  return createKnownValues({
    product: ['NIFTY', 'NIFTY', 'BTC', 'UNKNOWN'],
    expiry: expiries.map(({ expiry }) => expiry),
    from: times.slice(0, 2),
    to: times.slice(2),
    at: times,
    fields: ['pcr_oi', 'iv,delta', 'pcr_oi,max_pain_strike', 'strike,nope', 'timestamp'],
    email: [email, 'nobody@example.com', 'new@example.com'],
    password: [password, 'another long and odd one'],
    current_password: [password, 'wrong password here'],
    // Of a document that was not stored yet.
    version: [0],
    // The same one again, so that the account stays usable.
    new_password: [password],
    user_id: [managed.user.id],
    id: ['message:market:chains:1', 'job:1', `NIFTY-${expiry}-${strikes[strikes.length >> 1]}-C`],
  });
}

function readJson({ headers, body }: Answer): unknown {
  if (!/json/.test(String(headers['content-type']))) return null;
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}

const shown = (
  number: number,
  { method, target, body }: PlannedRequest,
  headers: Record<string, string>,
  response: Answer,
): string =>
  `#${number} ${method} ${target.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ` +
  `${body?.slice(0, 300) ?? ''} -> ${response.status} ${response.body.toString().slice(0, 400)}`;
