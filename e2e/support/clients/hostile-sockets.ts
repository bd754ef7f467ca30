import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between the first connections of an attack. */
const OPENING_MS = 2;
const WEBSOCKET = '/socket.io/?EIO=4&transport=websocket';
export const POLLING = '/socket.io/?EIO=4&transport=polling';

/** Opcodes of RFC 6455. */
export const TEXT = 0x1;
export const PING = 0x9;

/** A frame as clients send them, masked with zeros so that the payload stays what it is. */
export function frame(opcode: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const head = body.length < 126 ? [0x80 | opcode, 0x80 | body.length] : [0x80 | opcode, 0x80 | 126, 0, 0];
  if (body.length >= 126) {
    head[2] = body.length >> 8;
    head[3] = body.length & 0xff;
  }
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), body]);
}

/**
 * An address of loopback that no attack before this one used, so that it begins without strikes against it. Linux has all
 * of 127.0.0.0/8; elsewhere attacks share one address, and later ones meet what the earlier earned.
 */
let attackers = 1;
export function attackerAddress(): string {
  if (process.platform !== 'linux') return '127.0.0.1';
  attackers += 1;
  return `127.0.0.${attackers}`;
}

export interface UnreadOptions {
  readonly path?: string;
  readonly from?: string;
}

/** A TCP connection that asks to become a WebSocket and then never reads; null where it is refused. */
export async function openUnread(
  port: number,
  { path = WEBSOCKET, from = '127.0.0.1' }: UnreadOptions = {},
): Promise<Socket | null> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const response = await new Promise<string>((resolve) => {
    socket.once('data', (chunk) => resolve(String(chunk)));
    socket.once('close', () => resolve(''));
  });
  if (!response.startsWith('HTTP/1.1 101')) {
    socket.destroy();
    return null;
  }
  socket.pause();
  return socket;
}

/** Writes the bytes again and again, as fast as they are taken, until the time is over or the connection has ended. */
export async function pour(socket: Socket, bytes: Buffer, untilMs: number): Promise<number> {
  let sent = 0;
  while (performance.now() < untilMs && !socket.destroyed && socket.writable) {
    sent += bytes.length;
    if (socket.write(bytes)) await sleep(1);
    else await drained(socket, untilMs);
  }
  return sent;
}

/** Until the bytes are taken, the connection has ended or the time is over. */
function drained(socket: Socket, untilMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(1, untilMs - performance.now()));
    socket.on('drain', done).on('close', done);
  });
}

/**
 * Connections of one address, one after another, each attacking until it is ended, `width` at a time, until the time is
 * over. The first ones open a few at a time: what opening costs is for attacks that open.
 */
export async function attackWith(
  port: number,
  { width, durationMs }: { width: number; durationMs: number },
  attack: (socket: Socket, untilMs: number) => Promise<unknown>,
): Promise<number> {
  const untilMs = performance.now() + durationMs;
  const from = attackerAddress();
  let opened = 0;
  const one = async (_: unknown, index: number) => {
    await sleep(index * OPENING_MS);
    while (performance.now() < untilMs) {
      const socket = await openUnread(port, { from });
      if (socket === null) {
        await sleep(100);
        continue;
      }
      opened += 1;
      await attack(socket, untilMs);
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: width }, one));
  return opened;
}
