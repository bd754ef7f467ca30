import { once } from 'node:events';
import { cpuUsage, exit } from 'node:process';
import type { LoadCommands, LoadOptions, LoadReport } from '../protocol.ts';
import { createLatencyHistogram } from './latency-histogram.ts';
import { createConnection, type LoadCounts } from './load-connection.ts';

/** Many Socket.IO clients in a process of their own; takes its options and then the commands of run.ts. */
const [options] = (await once(process, 'message')) as [LoadOptions];
const counts: LoadCounts = {
  measuring: false,
  updates: 0,
  bytes: 0,
  backwards: 0,
  closed: 0,
  resumed: 0,
  gaps: 0,
  sinceFlush: createLatencyHistogram(),
  sinceUpdate: createLatencyHistogram(),
};
const connections = options.subscriptions.map((messages, i) =>
  createConnection({ ...options, token: options.tokens[i] }, messages, counts),
);
let cpuAtStart = 0;

const commands: { [C in keyof LoadCommands]: () => LoadCommands[C] | Promise<LoadCommands[C]> } = {
  async connect() {
    let next = 0;
    const work = async () => {
      while (next < connections.length) await connections[next++].open();
    };
    await Promise.all(Array.from({ length: options.opening }, work));
    return null;
  },

  reconnect() {
    for (const connection of connections) connection.breakOff();
    Object.assign(counts, { resumed: 0, gaps: 0 });
    const begun = performance.now();
    return Promise.all(
      connections.map(async (connection) => {
        await connection.open();
        return performance.now() - begun;
      }),
    );
  },

  measure() {
    Object.assign(counts, { measuring: true, updates: 0, bytes: 0, backwards: 0, closed: 0 });
    counts.sinceFlush.reset();
    counts.sinceUpdate.reset();
    cpuAtStart = processorTime();
    return null;
  },

  report(): LoadReport {
    counts.measuring = false;
    const { updates, bytes, backwards, closed, resumed, gaps } = counts;
    return {
      connected: connections.filter((each) => each.isOpen()).length,
      closed,
      updates,
      bytes,
      cpuMicroseconds: processorTime() - cpuAtStart,
      sinceFlush: counts.sinceFlush.counts(),
      sinceUpdate: counts.sinceUpdate.counts(),
      backwards,
      resumed,
      gaps,
      last: lastSequenceNumbers(),
    };
  },
};

function lastSequenceNumbers(): Record<string, Record<string, number>> {
  const last: Record<string, Record<string, number>> = {};
  for (const connection of connections) {
    for (const [room, seq] of connection.last) {
      last[room] ??= {};
      last[room][seq] = (last[room][seq] ?? 0) + 1;
    }
  }
  return last;
}

function processorTime(): number {
  const { user, system } = cpuUsage();
  return user + system;
}

process.on('message', async (command: keyof LoadCommands) => {
  process.send?.(await commands[command]());
});
process.on('disconnect', () => exit(0));
process.send?.('ready');
