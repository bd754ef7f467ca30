import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';

/** Clients that each send one request after the other on a connection that is kept. */
export interface HttpClients {
  answered(): number;
  /** Requests that were sent on an open connection and did not get a complete response of 200. */
  failures(): readonly string[];
  /** Resolves when the server has told every client, by `connection: close`, to send no more. */
  readonly dismissed: Promise<unknown>;
}

export function startHttpClients(url: string, paths: readonly string[], clients: number): HttpClients {
  const failures: string[] = [];
  let answered = 0;
  const client = async (path: string) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let last = false; !last; ) {
      try {
        const response = await get(`${url}${path}`, agent);
        if (response.statusCode !== 200) failures.push(`${path}: ${response.statusCode}`);
        answered += 1;
        last = response.headers.connection === 'close';
      } catch (error) {
        failures.push(`${path}: ${String(error)}`);
        last = true;
      }
    }
    agent.destroy();
  };
  const dismissed = Promise.all(Array.from({ length: clients }, (_, i) => client(paths[i % paths.length])));
  return { answered: () => answered, failures: () => failures, dismissed };
}

/** The response once all of it has come; rejects when it breaks off. */
export async function get(url: string, agent: Agent): Promise<IncomingMessage> {
  const sent = request(url, { agent });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (!response.complete) throw new Error('the response broke off');
  return response;
}
