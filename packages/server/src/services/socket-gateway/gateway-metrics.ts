import type { Counter, Histogram, Registry } from 'prom-client';
import { createMeter } from '../../kit/health/meter.ts';
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
  const { registry, counter, histogram, watch, total } = createMeter('socket_gateway');
  let packets = 0;

  return {
    registry,
    delivered: () => {
      packets += 1;
    },
    malformed: counter('malformed_total', 'Frames on the bus that could not be decoded', 'topic'),
    late: counter('late_total', 'Messages not newer than what was already sent, therefore not sent', 'topic'),
    conflated: counter('conflated_total', 'Updates that a newer one replaced before they were sent'),
    lost: counter('lost_total', 'Messages that never came, by the numbers of their stream', 'stream'),
    dropped: counter('dropped_total', 'Packets that waited for a client that was cut for reading too slowly'),
    fanOut: histogram(
      'fan_out_seconds',
      'From the first change in a flush to the flush: conflation',
      LATENCY_BUCKETS,
    ),
    delivery: histogram('delivery_seconds', 'From a flush to the last of its members', LATENCY_BUCKETS),
    refused: counter('refused_total', "Clients' messages answered with an error", 'code'),
    rejected: counter(
      'rejected_total',
      'Requests and upgrades of the socket endpoint that were refused',
      'code',
    ),
    cut: counter('cut_total', 'Connections closed by the gateway', 'reason'),
    watch(gauges) {
      watch('clients', 'Connected clients', gauges.clients);
      watch('rooms', 'Rooms with at least one client', gauges.rooms);
      watch(
        'channels',
        'Rooms, modes, intervals and strike windows with at least one client',
        gauges.channels,
      );
      watch('queue_depth', 'Packets that wait for clients, all together', gauges.queued);
      watch('queued_bytes', 'Bytes that wait for clients, all together, at most', gauges.queuedBytes);
      watch('sessions', 'Sessions, polling and WebSocket, in a namespace or not', gauges.sessions);
      watch('pending_sessions', 'Sessions in no namespace', gauges.pendingSessions);
      watch(
        'refused_networks',
        'Addresses that may open no session because too many of theirs were cut',
        gauges.refusedNetworks,
      );
      // What goes around engine.io makes no packet.
      total('deliveries_total', 'Messages handed to the connections of clients', () => {
        const direct = gauges.fanOut();
        return packets + direct.deliveries - direct.packets;
      });
      total('writes_total', 'Writes to connections, each with everything due', () => gauges.fanOut().writes);
      total('written_bytes_total', 'Bytes of these writes', () => gauges.fanOut().bytes);
      total('missed_total', 'Flushes of a room that a slow client missed', () => gauges.fanOut().missed);
    },
  };
}
