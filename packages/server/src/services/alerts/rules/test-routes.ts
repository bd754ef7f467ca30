import { Readable } from 'node:stream';
import {
  type AlertTestEvents,
  isoTime,
  MAX_STANDINGS,
  MAX_TEST_FIRINGS,
  testAlertRule,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import type { TokenVerifier } from '../../../kit/tokens/token.ts';
import { type RuleTestEvent, type TestStore, testRule } from '../evaluation/would-have-fired/rule-test.ts';
import { callerOf, OPERATOR_OWNER } from '../owners.ts';
import { requireUsable } from './rule-problem.ts';
import { readRule } from './rules.ts';

export interface RuleTestParts {
  readonly reader: TestStore;
  readonly settings: {
    readonly settleMs: number;
    /** Tests that run at a time, of all callers. */
    readonly tests: number;
    readonly testsPerAccount: number;
    readonly testTimeoutMs: number;
    readonly testProgressMs: number;
  };
  /** Ends tests that run. */
  readonly stopping: AbortSignal;
}

/** When a rule would have fired, as server-sent events. A test ends when its reader goes. */
export function ruleTestRoutes(
  { reader, settings, stopping }: RuleTestParts,
  verifier: TokenVerifier | undefined,
): FastifyPluginAsync {
  const running = createRunningTests(settings);

  async function* events(test: AsyncIterable<RuleTestEvent>, ended: () => void): AsyncGenerator<string> {
    let told = Number.NEGATIVE_INFINITY;
    try {
      for await (const each of test) {
        // Progress after each part that was read would be most of what is sent.
        if (each.event === 'progress') {
          if (performance.now() - told < settings.testProgressMs) continue;
          told = performance.now();
        }
        yield textOf(each);
      }
    } finally {
      ended();
    }
  }

  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const ending = new AbortController();
    const end = () => ending.abort('stopping');
    // The server waits for every response under way.
    app.addHook('preClose', async () => end());
    stopping.addEventListener('abort', end, { once: true });
    app.route({
      ...testAlertRule,
      async handler(request, reply) {
        const rule = readRule(request.body.rule, 'rule');
        const { fromMs, toMs } = readSpan(request.body);
        // Nothing is delivered, so channels do not matter.
        const channels = new Set(rule.channels);
        requireUsable(rule, { place: 'rule', owner: OPERATOR_OWNER, channels });
        if (stopping.aborted) throw new DeltaStreamError('stopped', 'the alerts service is stopping');
        const ended = running.begin((await callerOf(verifier, request)).owner);
        const own = new AbortController();
        const timer = setTimeout(() => own.abort('timeout'), settings.testTimeoutMs);
        const signal = AbortSignal.any([own.signal, ending.signal]);
        const test = testRule({
          ...{ rule, store: reader, fromMs, toMs, settleMs: settings.settleMs },
          ...{ mostFirings: MAX_TEST_FIRINGS, mostStandings: MAX_STANDINGS },
          signal,
        });
        const stream = endingStream(
          events(test, () => clearTimeout(timer)),
          signal,
        );
        stream.once('close', () => {
          clearTimeout(timer);
          ended();
        });
        return (
          reply
            .type('text/event-stream')
            // Said to proxies that would hold events back until they are many.
            .header('x-accel-buffering', 'no')
            .send(stream as unknown as string)
        );
      },
    });
  };
}

/** The tests that run, of each account. */
export function createRunningTests(most: { readonly tests: number; readonly testsPerAccount: number }) {
  const byOwner = new Map<string, number>();
  let all = 0;
  return {
    /** Returns what is called when the test has ended. Throws `too_many_connections`. */
    begin(owner: string): () => void {
      const own = byOwner.get(owner) ?? 0;
      if (own >= most.testsPerAccount) {
        const under = `${own} ${own === 1 ? 'test' : 'tests'} of rules of this account ${own === 1 ? 'is' : 'are'} under way`;
        throw new DeltaStreamError(
          'too_many_connections',
          `${under}: wait for the end, or close its response (--alerts-tests-per-account)`,
        );
      }
      if (all >= most.tests) {
        const message = `${most.tests} tests of rules are under way: try again when one has ended (--alerts-tests)`;
        throw new DeltaStreamError('too_many_connections', message);
      }
      byOwner.set(owner, own + 1);
      all += 1;
      return () => {
        all -= 1;
        const left = (byOwner.get(owner) ?? 1) - 1;
        if (left === 0) byOwner.delete(owner);
        else byOwner.set(owner, left);
      };
    },
  };
}

/** The span of a test. Throws `invalid_request` naming the field. */
export function readSpan({ from, to }: { readonly from: string; readonly to: string }): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const [fromMs, toMs] = [readInstant('body.from', from), readInstant('body.to', to)];
  if (fromMs >= toMs) throw new DeltaStreamError('invalid_request', 'body.to: is not later than from');
  return { fromMs, toMs };
}

/** For a reader to take the last event once a test has ended; a healthy one takes milliseconds. */
const LAST_EVENT_MS = 1_000;

/** The events as a stream that ends after `signal`, also where its reader takes nothing and so nothing is asked for. */
export function endingStream(events: AsyncIterable<string>, signal: AbortSignal): Readable {
  const stream = Readable.from(events, { objectMode: false });
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    timer = setTimeout(() => stream.destroy(), LAST_EVENT_MS);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  stream.once('close', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  });
  return stream;
}

function textOf(found: RuleTestEvent): string {
  switch (found.event) {
    case 'firing': {
      const { rule, severity, product, expiry, at, message, figures } = found.firing;
      const said = { rule, severity, product, expiry, at: isoTime(at), message, figures };
      return sse('firing', { ...said, figures: { ...figures } });
    }
    case 'progress':
      return sse('progress', reachedOf(found));
    case 'end': {
      const { reason, detail, last } = found;
      return sse('end', { ...reachedOf(found), reason, detail, last: [...last] });
    }
  }
}

const reachedOf = ({ atMs, fraction, chains, firings }: Extract<RuleTestEvent, { fraction: number }>) => ({
  ...{ at: isoTime(atMs), fraction, chains, firings },
});

const sse = <Event extends keyof AlertTestEvents>(event: Event, data: AlertTestEvents[Event]): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
