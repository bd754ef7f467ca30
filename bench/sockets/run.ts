import { stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { measureManyClients, type Reconnected, type Streamed } from './many-clients.ts';
import { measureProcessorTime, type ProcessorTime } from './processor-time.ts';
import { measureChainBytes, measureGatewayPrices } from './service.ts';
import { measureStorm } from './storm.ts';

/**
 * The socket gateway's fan-out against plain Socket.IO rooms, with the same load client, and the gateway
 * itself. About six minutes; the flags make it smaller or leave parts out.
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '15' },
    'cpu-clients': { type: 'string', default: '2000' },
    'cpu-seconds': { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    'gateway-clients': { type: 'string', default: '500' },
    only: { type: 'string', default: 'processor,clients,storm,gateway' },
  },
});
const parts = new Set(values.only.split(','));
const number = (name: Exclude<keyof typeof values, 'only'>): number => Number(values[name]);

if (parts.has('processor')) stdout.write(await processorTime());
if (parts.has('clients')) stdout.write(await manyClients());
if (parts.has('storm')) stdout.write(await storm());
if (parts.has('gateway')) stdout.write(await gateway());

async function processorTime(): Promise<string> {
  const given = { clients: number('cpu-clients'), rounds: number('rounds'), seconds: number('cpu-seconds') };
  const one = await measureProcessorTime({ ...given, roomsEach: 1 });
  const five = await measureProcessorTime({ ...given, roomsEach: 5 });
  const row = (name: string, times: Record<'plain' | 'fan-out', ProcessorTime>, goal: string) =>
    `| ${name} | ${times.plain.microseconds.toFixed(1)} | ${times['fan-out'].microseconds.toFixed(1)} | ` +
    `${times['fan-out'].updatesPerWrite.toFixed(1)} | ` +
    `${(times['fan-out'].microseconds / times.plain.microseconds).toFixed(2)} | ${goal} |`;
  return lines(
    `Processor time of the server for one update delivered to one client, microseconds: ${given.clients} clients, ` +
      `10 updates/s each, medians of ${given.rounds} rounds of ${given.seconds} s by turns.`,
    '',
    '| each client follows | plain Socket.IO rooms | fan-out | updates per write | ratio | goal |',
    '|---|---:|---:|---:|---:|---|',
    row('one room', one, '<= 0.65'),
    row('five rooms that move together', five, '<= 0.25'),
  );
}

async function manyClients(): Promise<string> {
  const clients = number('clients');
  const plain = await measureManyClients('plain', clients, 0);
  const fanOut = await measureManyClients('fan-out', clients, number('seconds'));
  const memory = (name: string, { idle }: typeof plain) =>
    `| ${name} | ${idle.rssKilobytes.toFixed(1)} | ${idle.liveKilobytes.toFixed(1)} |`;
  return lines(
    `${clients} connections on one process; memory for each, kilobytes, before anything was sent.`,
    '',
    '| server | resident | live after a collection |',
    '|---|---:|---:|',
    memory('plain Socket.IO rooms', plain),
    memory('fan-out', fanOut),
    '',
    'Goal: <= 15.',
    ...(fanOut.streamed ? streamedLines(clients, fanOut.streamed) : []),
    ...(fanOut.reconnected ? reconnectedLines(clients, fanOut.reconnected) : []),
  );
}

function streamedLines(clients: number, streamed: Streamed): string[] {
  const { sinceFlush, sinceUpdate } = streamed;
  return [
    '',
    `The same ${clients}, each in one of 100 product rooms (250 bytes) and one of 5 chain rooms (1,200 bytes), every ` +
      'room changing 10 times a second and sent at most 4 times a second:',
    '',
    '| | p50 ms | p99 ms | p99.9 ms |',
    '|---|---:|---:|---:|',
    `| from a flush to the client | ${sinceFlush.p50.toFixed(1)} | ${sinceFlush.p99.toFixed(1)} | ${sinceFlush.p999.toFixed(1)} |`,
    `| from the newest update in it | ${sinceUpdate.p50.toFixed(1)} | ${sinceUpdate.p99.toFixed(1)} | |`,
    '',
    `${Math.round(streamed.updatesPerSecond)} updates/s, ${streamed.updatesPerWrite.toFixed(1)} in a write; the server takes ` +
      `${streamed.serverCores.toFixed(2)} of a core, the clients ${streamed.clientCores.toFixed(2)} of the two there are. ` +
      `${streamed.missed} flushes missed, ${streamed.cut} clients cut, ${streamed.closed} connections lost, ` +
      `${streamed.backwards} updates out of order, ${streamed.behind} rooms of clients not at the last update. ` +
      'Goal: p99 < 100 ms, nothing dropped.',
  ];
}

function reconnectedLines(clients: number, back: Reconnected): string[] {
  return [
    '',
    `All of them broken off and back at once: ${back.connected} of ${clients} are subscribed again, half within ` +
      `${back.p50Seconds.toFixed(1)} s, the last after ${back.lastSeconds.toFixed(1)} s, and ${back.behind} rooms of clients miss ` +
      'the last update afterwards. Goal: all within 30 s.',
  ];
}

async function storm(): Promise<string> {
  const clients = number('clients');
  const back = await measureStorm(clients);
  return lines(
    `The socket gateway itself, tokens required, ${clients} clients with a token of their own, each following a price and ` +
      'the deltas of a chain. All broken off at once while the market goes on: ' +
      `${back.connected} of ${clients} are back, half within ${back.p50Seconds.toFixed(1)} s, the last after ` +
      `${back.lastSeconds.toFixed(1)} s; ${back.resumed} of ${2 * clients} subscriptions were resumed, ${back.gaps} gaps told, ` +
      `${back.behind} rooms of clients miss the last update afterwards. Meanwhile the auth service, a process of its own, checked ` +
      `${back.checks} tokens, ${back.failedChecks} of them failed, p99 ${back.checkP99Ms.toFixed(0)} ms. ` +
      'Goal: all within 30 s, the auth service alive.',
  );
}

async function gateway(): Promise<string> {
  const clients = number('gateway-clients');
  const prices = await measureGatewayPrices(clients, 5);
  const full = await measureChainBytes('full', 5);
  const delta = await measureChainBytes('delta', 5);
  return lines(
    `The socket gateway itself, ${clients} clients in one of 20 product rooms at 10 ticks/s: ` +
      `${Math.round(prices.updatesPerSecond)} updates/s, ${prices.microseconds.toFixed(1)} microseconds of processor time each, from ` +
      `publish to client p50 ${prices.p50.toFixed(1)} ms, p99 ${prices.p99.toFixed(1)} ms, ${prices.closed} connections lost.`,
    '',
    `One chain of 100 strikes, of which 10 trade between updates, at 4 Hz: ${(full / 1000).toFixed(0)} kB/s in full, ` +
      `${(delta / 1000).toFixed(1)} kB/s as deltas, ${(delta / full).toFixed(3)} of it (goal: <= 0.125).`,
  );
}

function lines(...given: string[]): string {
  return `${given.join('\n')}\n\n`;
}
