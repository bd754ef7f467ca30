import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A WebSocket that speaks engine.io by hand; nothing is sent by itself, not even a CONNECT. */
export async function openWebSocket(url: string, headers: Readonly<Record<string, string>> = {}) {
  const webSocket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
    headers,
  });
  webSocket.on('error', () => {});
  const closed = once(webSocket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  await once(webSocket, 'message');
  return { webSocket, closed };
}

/** A polling session that polls and posts only when told to. */
export async function openPolling(url: string, headers: Readonly<Record<string, string>> = {}) {
  const address = `${url}/socket.io/?EIO=4&transport=polling`;
  const answer = await fetch(address, { headers });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
  const { sid } = JSON.parse(text.slice(1)) as { sid: string };
  return {
    sid,
    poll: () => fetch(`${address}&sid=${sid}`, { headers }),
    post: (body: string) =>
      fetch(`${address}&sid=${sid}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/plain', ...headers },
      }),
  };
}

/** Packets as one body of a polling request. */
export const payloadOf = (packets: readonly string[]): string => packets.join('\u001e');
