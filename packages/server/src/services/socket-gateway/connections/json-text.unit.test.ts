import { Encoder, type Packet, PacketType } from 'socket.io-parser';
import { expect, it } from 'vitest';
import { JsonText, JsonTextEncoder } from './json-text.ts';

const value = { ok: true, room: 'chain:NIFTY', snapshot: { text: 'é "quoted" \u2028', rows: [1, null] } };
const text = new JsonText(JSON.stringify(value));

it.each<[what: string, packet: (content: unknown) => Packet]>([
  ['an event', (content) => ({ type: PacketType.EVENT, nsp: '/', data: ['subscribed', content] })],
  ['an acknowledgement', (content) => ({ type: PacketType.ACK, nsp: '/', id: 17, data: [content] })],
])('puts ready JSON into %s as the value would be', (_what, packet) => {
  const expected = new Encoder().encode(packet(value));
  expect(new JsonTextEncoder().encode(packet(text))).toEqual(expected);
  expect(new JsonTextEncoder().encode(packet(value))).toEqual(expected);
});
