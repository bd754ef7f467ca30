import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { argv, cpuUsage, exit, memoryUsage } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Memory, ServerCommands, ServerCount, ServerKind, ServerOptions } from '../protocol.ts';
import { openFanOutServer } from './server-fan-out.ts';
import { openGatewayServer } from './server-gateway.ts';
import { openPlainServer } from './server-plain.ts';
import type { OpenServer } from './server-under-test.ts';
import { pace } from './synthetic-market.ts';

/** A server under test in a process of its own, on a free port; executes the commands of run.ts. */
const { kind, rooms, authUrl }: ServerOptions = JSON.parse(argv[2]);
const KINDS: Readonly<Record<ServerKind, OpenServer>> = {
  plain: openPlainServer,
  'fan-out': openFanOutServer,
  gateway: openGatewayServer,
};

const http = createServer((_request, response) => response.writeHead(404).end());
const server = await KINDS[kind](http, rooms, authUrl);
let stopPublishing: (() => void) | null = null;

const commands: { [C in keyof ServerCommands]: () => ServerCommands[C] | Promise<ServerCommands[C]> } = {
  async memory(): Promise<Memory> {
    for (let i = 0; i < 3; i++) {
      global.gc?.();
      await sleep(200);
    }
    const { rss, heapUsed, external } = memoryUsage();
    return { rss, live: heapUsed + external };
  },
  publish() {
    stopPublishing ??= pace(rooms, server.publish);
    return null;
  },
  quiet() {
    stopPublishing?.();
    stopPublishing = null;
    return null;
  },
  async count(): Promise<ServerCount> {
    const { user, system } = cpuUsage();
    return { cpuMicroseconds: user + system, ...(await server.count()) };
  },
};

process.on('message', async (command: keyof ServerCommands) => {
  process.send?.(await commands[command]());
});
process.on('disconnect', () => exit(0));
// With Node's usual backlog of 511 the kernel drops connections when thousands come at once.
http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send?.((http.address() as AddressInfo).port);
});
