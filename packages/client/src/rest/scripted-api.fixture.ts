import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERRORS, type ErrorCode } from '@deltastream/contracts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly waitMs?: number;
}

export interface ScriptedApi {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Connections that were made to it. */
  connections(): number;
  close(): Promise<void>;
}

/** A server that answers what a test tells it to, for what a real gateway does only when something is wrong. */
export async function startScriptedApi(answer: (asked: Asked) => Scripted): Promise<ScriptedApi> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    const one: Asked = { method, url, headers, body: text === '' ? undefined : JSON.parse(text) };
    asked.push(one);
    const { status = 200, headers: given = {}, body = {}, waitMs = 0 } = answer(one);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    response.writeHead(status, { 'content-type': 'application/json', ...given });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function problem(code: ErrorCode, headers: Record<string, string> = {}): Scripted {
  const { status, title, remedy } = ERRORS[code];
  const type = `urn:deltastream:error:${code}`;
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type, title, status, code, detail: 'scripted', remedy, request_id: 'r' },
  };
}
