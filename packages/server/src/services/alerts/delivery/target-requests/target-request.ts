import { Agent, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../../../ports/clock.ts';
import { type Destination, type DestinationRule, NOT_PUBLIC } from './destination.ts';
import type { HostAddresses } from './host-addresses.ts';

/** A request to an address that a user chose. */
export interface TargetRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type TargetAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The beginning of it, for the formats that say in it how long to wait; shown to nobody. */
      readonly body: string;
      /** What `Retry-After` asks for; null where it is missing or not valid. */
      readonly retryAfterMs: number | null;
    }
  /** It is not sent, now or ever; the reason is for the owner of the target. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Never rejects. */
export type SendToTarget = (request: TargetRequest, signal?: AbortSignal) => Promise<TargetAnswer>;

export interface TargetRequestOptions {
  readonly rule: DestinationRule;
  readonly addressesOf: HostAddresses;
  readonly clock: Pick<Clock, 'now'>;
  /** From the first byte sent to the last one read, looking up and connecting included. */
  readonly timeoutMs: number;
  /** Bytes of an answer that are read. */
  readonly answerBytes: number;
}

class RefusedAddress extends Error {}

/**
 * Sends requests that cannot be led into the operator's network (server-side request forgery):
 * - What stands in the URL is judged by `rule` before anything is done.
 * - The addresses of a name are looked up once, all of them are judged, and the connection is made to those, so that no
 *   second look-up can give others (DNS rebinding). One that is not public is enough to refuse.
 * - Redirects are answers like any other, connections are never shared or kept, no proxy of the environment is used.
 * - An answer is read up to `answerBytes` and within the time; what came of it by then counts.
 */
export function createTargetRequest(options: TargetRequestOptions): SendToTarget {
  const { rule, clock, timeoutMs } = options;
  const connections: Connections = {
    'http:': { send: requestPlain, agent: new Agent({ keepAlive: false }) },
    'https:': { send: requestTls, agent: new TlsAgent({ keepAlive: false }) },
  };

  return async (request, stopping) => {
    const reading = rule.read(request.url);
    if ('refused' in reading) return { kind: 'refused', reason: reading.refused };
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = stopping === undefined ? timeout : AbortSignal.any([timeout, stopping]);
    try {
      const { status, retryAfter, body } = await exchange(
        connections,
        reading.destination,
        request,
        options,
        signal,
      );
      return { kind: 'answered', status, body, retryAfterMs: retryAfterMs(retryAfter, clock.now()) };
    } catch (error) {
      if (error instanceof RefusedAddress) return { kind: 'refused', reason: NOT_PUBLIC };
      if (timeout.aborted) return { kind: 'failed', reason: `no answer within ${timeoutMs} ms` };
      if (stopping?.aborted) return { kind: 'failed', reason: 'the platform stops' };
      return { kind: 'failed', reason: reasonFor(error as NodeJS.ErrnoException) };
    }
  };
}

type Connections = Readonly<
  Record<string, { readonly send: typeof requestPlain; readonly agent: Agent | TlsAgent }>
>;

interface Exchange {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

function exchange(
  connections: Connections,
  { url, host, isNamed }: Destination,
  { method, headers, body }: TargetRequest,
  { rule, addressesOf, answerBytes }: TargetRequestOptions,
  signal: AbortSignal,
): Promise<Exchange> {
  const judgedAddresses = async () => {
    const addresses = await addressesOf(host, isNamed, signal);
    if (addresses.length === 0) throw new Error(`${host} has no address`);
    if (!isNamed && !addresses.every((address) => rule.addresses.allows(address))) throw new RefusedAddress();
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };

  const lookup: LookupFunction = (_, { all }, done) => {
    judgedAddresses().then(
      (found) => (all ? done(null, found) : done(null, found[0].address, found[0].family)),
      (error) => done(error, []),
    );
  };

  return new Promise((resolve, reject) => {
    const { send, agent } = connections[url.protocol];
    const outgoing = send(url, {
      method,
      headers: { ...headers, 'user-agent': USER_AGENT, 'content-length': Buffer.byteLength(body) },
      agent,
      lookup,
      signal,
    });
    // An answer that changes the protocol (101) ends the connection and is neither a response nor an error.
    const closed = () => reject(new Error('the connection was closed without a response'));
    outgoing.once('close', closed);
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const parts: Buffer[] = [];
      let left = answerBytes;
      const end = () => {
        outgoing.destroy();
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(parts).toString('utf8'),
        });
      };
      // Cut off or out of time: the status is known all the same, and sending it again would deliver it twice.
      outgoing.off('close', closed).off('error', reject);
      for (const source of [outgoing, response]) source.on('error', end);
      response.on('data', (part: Buffer) => {
        parts.push(part.subarray(0, left));
        left -= part.byteLength;
        if (left <= 0) end();
      });
      response.once('end', end);
      response.once('close', end);
    });
    outgoing.end(body);
  });
}

const USER_AGENT = 'DeltaStream-Alerts';

/** Seconds or a date (RFC 9110); null for neither. */
function retryAfterMs(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** Kinds of failure, and no more: messages of the operating system carry addresses of names. */
function reasonFor({ code = '', message }: NodeJS.ErrnoException): string {
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code)) return 'its certificate is not valid';
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return 'TLS could not be negotiated';
  if (code === 'ERR_INVALID_CHAR') return 'a header has a character that is not allowed';
  if (code.startsWith('HPE_')) return 'its answer is not valid HTTP';
  if (code === 'ENOTFOUND' || / has no address$/.test(message)) return 'the host name has no address';
  return 'no connection';
}
