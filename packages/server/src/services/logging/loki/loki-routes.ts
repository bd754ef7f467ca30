import {
  lokiBuildInfo,
  lokiDetectedFields,
  lokiDetectedFieldValues,
  lokiIndexStats,
  lokiLabels,
  lokiLabelValues,
  lokiQuery,
  lokiQueryRange,
  lokiReady,
  lokiSeries,
  type Route,
} from '@deltastream/contracts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingSettings } from '../settings.ts';
import { matrixAnswer, streamsAnswer, success, vectorAnswer } from './answers.ts';
import { createFieldDetection, type FieldDetection, withJson } from './detected-fields.ts';
import { isCounted, keyOfLabels } from './labels.ts';
import { parseLogql, parseLogsQuery, parseMatchers } from './logql/parse.ts';
import type { LogQuery, Matcher } from './logql/query.ts';
import { evaluate, type Steps } from './metrics-query.ts';
import { type Parameters, parametersOf } from './parameters.ts';
import type { ShownLine } from './pipeline.ts';
import { createBudget, scan } from './scan.ts';
import { countStreams, criteriaOfQuery, type TimeRange } from './selection.ts';

export interface LokiParts {
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly settings: LoggingSettings;
}

const DEFAULT_LINES = 100; // Loki's own.
const MAX_LINES = 5_000; // Loki's own; more make no page.
const FIELD_LINES = 1_000; // Loki's own: lines in which fields are looked for.
/** Lines whose mean length is taken for that of all: the size hint of a query need not be exact. */
const SAMPLED_LINES = 200;
const CATEGORIZE = 'categorize-labels';
/** The release of Loki whose answers these are. */
const API_VERSION = '3.0.0';

/**
 * The part of Loki's HTTP interface that its data source in Grafana asks for, over the log store. Failures are problem
 * documents, with `message` for Grafana.
 */
export function lokiRoutes({ logs, clock, settings }: LokiParts): FastifyPluginAsync {
  const budget = () => createBudget(settings);

  const linesOf = async (query: LogQuery, range: TimeRange, given: Parameters): Promise<ShownLine[]> => {
    const limit = given.integer('limit', DEFAULT_LINES, MAX_LINES);
    const lines: ShownLine[] = [];
    await scan(logs, query, range, given.order(), budget(), (line) => lines.push(line) < limit);
    return lines;
  };
  const valuesOf = (steps: Steps) => ({ logs, steps, budget: budget(), maxSeries: settings.lokiSeries });

  const query = async (given: Parameters, request: FastifyRequest) => {
    const atMs = given.instant('time') ?? clock.now();
    const found = parseLogql(given.required('query'));
    if (found.kind !== 'logs') {
      const steps = { firstMs: atMs, stepMs: 1, count: 1 };
      return vectorAnswer(await evaluate(found, valuesOf(steps)), atMs);
    }
    const range = { ...given.range(atMs), toMs: atMs };
    return streamsAnswer(await linesOf(found, range, given), isCategorized(request));
  };
  const queryRange = async (given: Parameters, request: FastifyRequest) => {
    const found = parseLogql(given.required('query'));
    if (found.kind === 'logs')
      return streamsAnswer(await linesOf(found, given.range(clock.now()), given), isCategorized(request));
    const steps = given.steps(clock.now());
    return matrixAnswer(await evaluate(found, valuesOf(steps)), steps);
  };

  const selected = (given: Parameters): readonly Matcher[] => {
    const text = given.text('query');
    return text === undefined ? [] : parseMatchers(text);
  };
  const labels = async (given: Parameters) => {
    const counts = await countStreams(logs, selected(given), given.range(clock.now()));
    const names = new Set(counts.flatMap(({ labels: each }) => Object.keys(each)));
    return success([...names].sort());
  };
  const labelValues = async (given: Parameters, { params }: FastifyRequest) => {
    const { name } = params as { name: string };
    if (!isCounted(name)) return success([]);
    const counts = await countStreams(logs, selected(given), given.range(clock.now()), { names: [name] });
    return success([...new Set(counts.flatMap(({ labels: each }) => each[name] ?? []))].sort());
  };
  const series = async (given: Parameters) => {
    const range = given.range(clock.now());
    const selectors = [...given.all('match[]'), ...given.all('match')];
    if (selectors.length > MAX_SELECTORS) throw invalid(`match[]: more than ${MAX_SELECTORS} selectors`);
    const found = new Map<string, object>();
    for (const matchers of selectors.length === 0 ? [[]] : selectors.map(parseMatchers)) {
      for (const each of await countStreams(logs, matchers, range))
        found.set(keyOfLabels(each.labels), each.labels);
    }
    return success([...found.values()]);
  };

  const indexStats = async (given: Parameters) => {
    const matchers = parseMatchers(given.required('query'));
    const range = given.range(clock.now());
    const counts = await countStreams(logs, matchers, range);
    const entries = counts.reduce((sum, { count }) => sum + count, 0);
    const criteria = criteriaOfQuery({ matchers, stages: [] }, range);
    const sample =
      criteria === null || entries === 0 ? [] : await logs.query({ ...criteria, limit: SAMPLED_LINES });
    const sampled = sample.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
    const bytes = sample.length === 0 ? 0 : Math.round((sampled / sample.length) * entries);
    return { streams: counts.length, chunks: counts.length, entries, bytes };
  };
  const detection = async (given: Parameters): Promise<FieldDetection> => {
    const lines = given.integer('line_limit', FIELD_LINES, MAX_LINES);
    const found = createFieldDetection();
    let count = 0;
    const asked = withJson(parseLogsQuery(given.required('query')));
    await scan(logs, asked, given.range(clock.now()), 'newest', budget(), (line) => {
      found.add(line);
      count += 1;
      return count < lines;
    });
    return found;
  };
  const detectedFields = async (given: Parameters) => {
    const limit = given.integer('limit', FIELD_LINES, MAX_LINES);
    return { fields: (await detection(given)).fields().slice(0, limit), limit };
  };
  const detectedFieldValues = async (given: Parameters, { params }: FastifyRequest) => {
    const limit = given.integer('limit', FIELD_LINES, MAX_LINES);
    const { name } = params as { name: string };
    return { values: (await detection(given)).valuesOf(name).slice(0, limit), limit };
  };

  type Answer = (given: Parameters, request: FastifyRequest) => Promise<unknown>;
  const answers: readonly (readonly [Route, Answer])[] = [
    [lokiQuery, query],
    [lokiQueryRange, queryRange],
    [lokiLabels, labels],
    [lokiLabelValues, labelValues],
    [lokiSeries, series],
    [lokiIndexStats, indexStats],
    [lokiDetectedFields, detectedFields],
    [lokiDetectedFieldValues, detectedFieldValues],
    [lokiBuildInfo, async () => BUILD_INFO],
  ];
  return async (app) => {
    app.addHook('onSend', async (_request, reply, body) => {
      const type = String(reply.getHeader('content-type') ?? '');
      return typeof body === 'string' && type.startsWith('application/problem+json')
        ? withMessage(body)
        : body;
    });
    for (const [route, answer] of answers) {
      app.route({
        ...route,
        // Parameters that are not known are not looked at: Grafana sends what newer releases of Loki understand.
        validatorCompiler: () => () => true,
        handler: (request) => answer(parametersOf(request.query), request),
      });
    }
    app.route({
      ...lokiReady,
      handler: async (_request, reply) => {
        const reason = logs.problem();
        if (reason !== null)
          throw new DeltaStreamError('unavailable', `the log store is not ready: ${reason}`);
        return reply.type('text/plain; charset=utf-8').send('ready\n');
      },
    });
  };
}

/** Selectors of one request: a page has a few. */
const MAX_SELECTORS = 20;

const BUILD_INFO = {
  ...{ version: API_VERSION, revision: '', branch: '' },
  ...{ buildUser: 'deltastream', buildDate: '', goVersion: '' },
};

const isCategorized = ({ headers }: FastifyRequest): boolean =>
  String(headers['x-loki-response-encoding-flags'] ?? '')
    .split(',')
    .some((flag) => flag.trim() === CATEGORIZE);

/** Grafana shows what `message` says. */
function withMessage(body: string): string {
  const problem = JSON.parse(body) as { detail: string };
  return JSON.stringify({ ...problem, message: problem.detail });
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
