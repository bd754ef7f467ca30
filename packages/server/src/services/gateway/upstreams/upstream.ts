import { setTimeout as sleep } from 'node:timers/promises';
import type { CIRCUITS } from '@deltastream/contracts';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { ServiceName } from '../../../kit/lifecycle/service.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { GatewaySettings } from '../settings.ts';

export type Circuit = (typeof CIRCUITS)[number];

export interface UpstreamState {
  readonly circuit: Circuit;
  readonly lastError: string | null;
  readonly lastErrorAt: number | null;
  readonly latencyMs: number | null;
  readonly requests: number;
}

/** A service elsewhere, and what is known of how it does. */
export interface Upstream {
  readonly name: ServiceName;
  readonly url: string;
  /**
   * Asks the service, unless its circuit is open after so many failures in a row: then rejects with
   * `unavailable` at once. What `ask` rejects with counts as a failure of the service.
   */
  run<T>(ask: () => Promise<T>): Promise<T>;
  state(): UpstreamState;
  stop(): void;
}

export interface UpstreamOptions {
  readonly name: ServiceName;
  readonly url: string;
  readonly settings: Pick<GatewaySettings, 'failuresToOpen' | 'probeIntervalMs' | 'probeTimeoutMs'>;
  readonly logger: Logger;
}

/** Weight of the newest response in the moving average of latency. */
const NEWEST = 0.1;

/**
 * While the circuit is open the gateway probes by itself whether the service is back, so that no caller has to
 * find out by waiting, and it is in use again within an interval and a timeout of its return.
 */
export function createUpstream({ name, url, settings, logger }: UpstreamOptions): Upstream {
  const { probeIntervalMs, probeTimeoutMs, failuresToOpen } = settings;
  const breaker = circuitBreaker(
    handleWhen((error) => !isCallersFault(error)),
    {
      // The next request after the circuit opened is the probe below, which keeps to its own interval.
      halfOpenAfter: 0,
      breaker: new ConsecutiveBreaker(failuresToOpen),
    },
  );
  const stopped = new AbortController();
  let lastError: string | null = null;
  let lastErrorAt: number | null = null;
  let latencyMs: number | null = null;
  let requests = 0;
  let probing = false;

  const probe = async () => {
    if (probing) return;
    probing = true;
    while (breaker.state !== CircuitState.Closed && !stopped.signal.aborted) {
      await sleep(probeIntervalMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      await breaker.execute(() => isAlive(url, probeTimeoutMs)).catch(() => {});
    }
    probing = false;
  };
  breaker.onBreak((cause) => {
    if (probing) return;
    const reason = 'error' in cause ? failureOf(cause.error) : 'unknown';
    logger.event('circuit_opened', { upstream: name, reason });
    void probe();
  });
  breaker.onReset(() => logger.event('circuit_closed', { upstream: name }));

  return {
    name,
    url,
    async run(ask) {
      if (breaker.state !== CircuitState.Closed) throw circuitOpen(name, probeIntervalMs);
      requests += 1;
      const begun = performance.now();
      try {
        const response = await breaker.execute(ask);
        const ms = performance.now() - begun;
        latencyMs = latencyMs === null ? ms : latencyMs + NEWEST * (ms - latencyMs);
        return response;
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw circuitOpen(name, probeIntervalMs);
        if (!isCallersFault(error)) {
          lastError = failureOf(error);
          lastErrorAt = Date.now();
        }
        throw error;
      }
    },
    state: () => ({ circuit: CIRCUIT_NAMES[breaker.state], lastError, lastErrorAt, latencyMs, requests }),
    stop: () => stopped.abort(),
  };
}

const CIRCUIT_NAMES: Readonly<Record<CircuitState, Circuit>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

async function isAlive(url: string, timeoutMs: number): Promise<void> {
  const response = await fetch(new URL('/livez', url), {
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`status ${response.status}`);
}

const circuitOpen = (name: ServiceName, probeIntervalMs: number): DeltaStreamError =>
  new DeltaStreamError('unavailable', `the ${name} service does not answer`, {
    retryAfterSeconds: Math.ceil(probeIntervalMs / 1000),
  });

const MAX_CAUSES = 5; // Errors of undici are two or three deep; a cycle of causes ends here.
const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'FST_REPLY_FROM_GATEWAY_TIMEOUT',
]);

/** What kind of failure it was, without addresses: callers may see it. */
function failureOf(error: unknown): string {
  const [cause] = causesOf(error)
    .filter(({ code }) => code !== undefined)
    .slice(-1);
  return cause?.code ?? 'failed';
}

/** Whether the service was reached and did not answer in time. */
export const isTimeout = (error: unknown): boolean =>
  causesOf(error).some(({ code }) => code !== undefined && TIMEOUTS.has(code));

/** Whether the request could not be sent for what it is: no service has failed. */
export const isCallersFault = (error: unknown): boolean =>
  causesOf(error).some(({ code, statusCode }) => code === 'UND_ERR_INVALID_ARG' || statusCode === 400);

interface Cause extends Error {
  readonly code?: string;
  readonly statusCode?: number;
}

function causesOf(error: unknown): Cause[] {
  const causes: Cause[] = [];
  for (let each = error; each instanceof Error && causes.length < MAX_CAUSES; each = each.cause) {
    causes.push(each as Cause);
  }
  return causes;
}
