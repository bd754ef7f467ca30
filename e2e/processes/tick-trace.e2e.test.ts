import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { type LogStand, openLogStand } from '../support/platform/log-stand.ts';
import type { PlatformProcess } from '../support/platform/platform-process.ts';

interface Span {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly service: string;
  readonly depth: number;
  readonly duration_ms: number;
  readonly attributes: { readonly delay_ms?: number; readonly members?: number };
}

describe.runIf(haveRedisServer())('a tick of services as processes', () => {
  let stand: LogStand;
  let logging: PlatformProcess;
  let client: Socket;
  beforeAll(async () => {
    stand = await openLogStand(['--trace-sample-rate', '0.2', '--products', 'BTC']);
    logging = await stand.start('logging');
    const sockets = await stand.start('socket-gateway', '--auth-required', 'false');
    await stand.start('enricher');
    client = io(sockets.url, { transports: ['websocket'], auth: { token: stand.admin.token } });
    client.emit('subscribe', { type: 'product', symbol: 'BTC' });
    await stand.start('feed');
  });
  afterAll(async () => {
    client?.close();
    await stand?.end();
  });

  it('is followed from the feed to the socket, with the time each hop took', async () => {
    const ways = async (): Promise<Span[][]> => {
      const found = await stand.entries(logging, 'event=span&text=deliver&limit=20');
      const ids = [...new Set(found.map(({ trace_id }) => trace_id))];
      return Promise.all(
        ids.map(async (id) => {
          const { spans } = await stand.ask<{ spans: Span[] }>(logging, `/traces/${id}`);
          return wayTo(
            spans,
            spans.find(({ name }) => name.startsWith('deliver ')),
          );
        }),
      );
    };
    const isTick = (way: Span[]) => way[0]?.name === 'publish market:ticks' && way[0].parent_span_id === null;
    await expect.poll(async () => (await ways()).some(isTick)).toBe(true);
    const way = (await ways()).find(isTick) ?? [];
    expect(way.map(({ service, name }) => `${service}: ${name}`)).toEqual([
      'feed: publish market:ticks',
      'enricher: enricher market:ticks',
      'enricher: publish enriched:ticks',
      'socket-gateway: follow enriched:ticks',
      expect.stringMatching(/^socket-gateway: deliver /),
    ]);
    const [, enriched, , followed, delivered] = way;
    for (const hop of [enriched, followed]) {
      // Clocks of processes on one machine may differ by a little.
      expect(hop.attributes.delay_ms).toBeGreaterThan(-5);
    }
    expect(delivered.attributes.members).toBe(1);
    const hops = way.map(
      (span) => `${span.name} ${(span.attributes.delay_ms ?? span.duration_ms).toFixed(2)} ms`,
    );
    process.stdout.write(`a tick over five hops: ${hops.join(', ')}\n`);
  });
});

/** From the root to a span. */
function wayTo(spans: readonly Span[], last: Span | undefined): Span[] {
  const way: Span[] = [];
  for (let at = last; at !== undefined; at = spans.find(({ span_id }) => span_id === at?.parent_span_id)) {
    way.unshift(at);
    if (at.parent_span_id === null) break;
  }
  return way;
}
