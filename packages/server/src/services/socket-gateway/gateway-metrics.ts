import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FanOutStats } from './fan-out/fan-out.ts';

const LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface GatewayMetrics {
  readonly registry: Registry;
  readonly delivered: () => void;
  readonly malformed: Counter<'topic'>;
  readonly late: Counter<'topic'>;
  readonly conflated: Counter;
  readonly lost: Counter<'stream'>;
  readonly dropped: Counter;
  readonly fanOut: Histogram;
  readonly delivery: Histogram;
  readonly refused: Counter<'code'>;
  readonly rejected: Counter<'code'>;
  readonly cut: Counter<'reason'>;
  /** Adds what is looked up when the metrics are asked for. */
  watch(gauges: GatewayGauges): void;
}

export interface GatewayGauges {
  clients(): number;
  rooms(): number;
  channels(): number;
  queued(): number;
  queuedBytes(): number;
  sessions(): number;
  pendingSessions(): number;
  refusedNetworks(): number;
  fanOut(): FanOutStats;
}

export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  let packets = 0;

  return {
    registry,
    watch: (gauges) => watchGauges(registry, gauges, () => packets),
    delivered: () => {
      packets += 1;
    },
    malformed: new Counter({
      name: name('malformed_total'),
      help: 'Frames on the bus that could not be decoded',
      labelNames: ['topic'],
      registers,
    }),
    late: new Counter({
      name: name('late_total'),
      help: 'Messages not newer than what was already sent, therefore not sent',
      labelNames: ['topic'],
      registers,
    }),
    conflated: new Counter({
      name: name('conflated_total'),
      help: 'Updates that a newer one replaced before they were sent',
      registers,
    }),
    lost: new Counter({
      name: name('lost_total'),
      help: 'Messages that never came, by the numbers of their stream',
      labelNames: ['stream'],
      registers,
    }),
    dropped: new Counter({
      name: name('dropped_total'),
      help: 'Packets that waited for a client that was cut for reading too slowly',
      registers,
    }),
    fanOut: new Histogram({
      name: name('fan_out_seconds'),
      help: 'From the first change in a flush to the flush: conflation',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    delivery: new Histogram({
      name: name('delivery_seconds'),
      help: 'From a flush to the last of its members',
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    refused: new Counter({
      name: name('refused_total'),
      help: "Clients' messages answered with an error",
      labelNames: ['code'],
      registers,
    }),
    rejected: new Counter({
      name: name('rejected_total'),
      help: 'Requests and upgrades of the socket endpoint that were refused',
      labelNames: ['code'],
      registers,
    }),
    cut: new Counter({
      name: name('cut_total'),
      help: 'Connections closed by the gateway',
      labelNames: ['reason'],
      registers,
    }),
  };
}

const name = (what: string) => `deltastream_socket_gateway_${what}`;

function watchGauges(registry: Registry, gauges: GatewayGauges, packets: () => number): void {
  const registers = [registry];
  const gauge = (what: string, help: string, value: () => number) =>
    new Gauge({
      name: name(what),
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('clients', 'Connected clients', gauges.clients);
  gauge('rooms', 'Rooms with at least one client', gauges.rooms);
  gauge('channels', 'Rooms, modes, intervals and strike windows with at least one client', gauges.channels);
  gauge('queue_depth', 'Packets that wait for clients, all together', gauges.queued);

  gauge('queued_bytes', 'Bytes that wait for clients, all together, at most', gauges.queuedBytes);

  gauge('sessions', 'Sessions, polling and WebSocket, in a namespace or not', gauges.sessions);
  gauge('pending_sessions', 'Sessions in no namespace', gauges.pendingSessions);
  gauge(
    'refused_networks',
    'Addresses that may open no session because too many of theirs were cut',
    gauges.refusedNetworks,
  );

  const counter = (what: string, help: string, value: () => number) =>
    new Counter({
      name: name(what),
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  // What goes around engine.io makes no packet.
  counter('deliveries_total', 'Messages handed to the connections of clients', () => {
    const direct = gauges.fanOut();
    return packets() + direct.deliveries - direct.packets;
  });
  counter('writes_total', 'Writes to connections, each with everything due', () => gauges.fanOut().writes);
  counter('written_bytes_total', 'Bytes of these writes', () => gauges.fanOut().bytes);
  counter('missed_total', 'Flushes of a room that a slow client missed', () => gauges.fanOut().missed);
}
