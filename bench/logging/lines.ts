import { createRandom } from '../../packages/server/src/services/feed/synthetic/random.ts';

const SERVICES = ['gateway', 'storage', 'enricher', 'feed', 'socket-gateway', 'auth', 'analytics', 'ingest'];
const EVENTS = [
  'chain_processing_started',
  'chain_processing_completed',
  'request_completed',
  'tick_published',
  'batch_committed',
  'login_succeeded',
  'venue_silent',
];
const PRODUCTS = ['NIFTY', 'BANKNIFTY', 'BTC', 'ETH', 'SPX'];
/** Lines of one request, over services. */
const LINES_PER_TRACE = 5;
/** Line 123,456 alone has it. */
export const RARE_TEXT = 'checksum of segment 77 differs';

/** Lines as the services write them: pino's, 10 ms apart, with identifiers that do not repeat. */
export function createLines(fromMs: number): (count: number) => string[] {
  const { uniform } = createRandom(18);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(uniform() * values.length)];
  const hex = (digits: number) =>
    Array.from({ length: digits / 8 }, () =>
      Math.floor(uniform() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
  let [n, trace, request] = [0, '', ''];
  const line = (): string => {
    if (n % LINES_PER_TRACE === 0) [trace, request] = [hex(32), hex(32)];
    n += 1;
    const [event, product, share] = [pick(EVENTS), pick(PRODUCTS), uniform()];
    const ms = (uniform() * 100).toFixed(3);
    const isRequest = event === 'request_completed';
    const text = isRequest
      ? `GET /api/data/chain/${product} 200 in ${ms} ms`
      : `${event.replaceAll('_', ' ')} for ${product}`;
    return JSON.stringify({
      level: share < 0.02 ? 50 : share < 0.06 ? 40 : 30,
      time: fromMs + 10 * n,
      service: pick(SERVICES),
      event,
      request_id: request,
      trace_id: trace,
      span_id: hex(16),
      user_id: String(Math.floor(uniform() * 1_000)),
      product,
      expiry: '2026-08-25',
      strikes: Math.floor(uniform() * 200),
      duration_ms: Number(ms),
      status: 200,
      msg: n === 123_456 ? `${text}: ${RARE_TEXT}` : text,
    });
  };
  return (count) => Array.from({ length: count }, line);
}
