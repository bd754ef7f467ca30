import { Counter, Gauge, Registry } from 'prom-client';

export interface GatewayMetrics {
  readonly registry: Registry;
  readonly delivered: () => void;
  readonly malformed: Counter<'topic'>;
  readonly late: Counter<'topic'>;
  readonly conflated: Counter;
  readonly refused: Counter<'code'>;
  readonly cut: Counter<'reason'>;
}

export interface GatewayGauges {
  clients(): number;
  rooms(): number;
}

export function createGatewayMetrics(gauges: GatewayGauges): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const name = (what: string) => `deltastream_socket_gateway_${what}`;

  new Gauge({
    name: name('clients'),
    help: 'Connected clients',
    registers,
    collect() {
      this.set(gauges.clients());
    },
  });
  new Gauge({
    name: name('rooms'),
    help: 'Rooms with at least one client',
    registers,
    collect() {
      this.set(gauges.rooms());
    },
  });

  let deliveries = 0;
  new Counter({
    name: name('deliveries_total'),
    help: 'Messages handed to the connections of clients',
    registers,
    collect() {
      this.reset();
      this.inc(deliveries);
    },
  });

  return {
    registry,
    delivered: () => {
      deliveries += 1;
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
      help: 'Chains that a newer one replaced before they were sent',
      registers,
    }),
    refused: new Counter({
      name: name('refused_total'),
      help: "Clients' messages answered with an error",
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
