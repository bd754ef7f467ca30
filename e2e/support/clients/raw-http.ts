import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** Status of each response that came, in their order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** True when the server ended the connection. */
  readonly closed: boolean;
}

/** Sends bytes as they are, and reads until the server ends the connection or nothing came for `quietMs`, at first for `firstMs`. */
export function sendRaw(
  port: number,
  parts: readonly (string | Buffer)[],
  { quietMs = 1500, firstMs = quietMs }: { quietMs?: number; firstMs?: number } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      resolve({ statuses, text, closed });
    };
    let timer = setTimeout(() => finish(false), firstMs);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), quietMs);
    });
    socket.on('close', () => finish(true));
    // A server that has said no may end the connection while the rest is still being sent.
    socket.on('error', () => {});
    void pour(socket, parts);
  });
}

async function pour(socket: Socket, parts: readonly (string | Buffer)[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return;
    if (!socket.write(part))
      await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
}

/** The text of a request with these header lines. */
export const rawRequest = (line: string, headers: readonly string[] = [], body = ''): string =>
  `${[`${line} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n${body}`;
