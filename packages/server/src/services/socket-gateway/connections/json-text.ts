import { Encoder, type Packet, PacketType } from 'socket.io-parser';

/**
 * JSON that is ready: emitted, or handed to an acknowledgement, in the place of the value it stands for. A snapshot is
 * then serialised once, however many clients ask for it, and what waits for those that do not read is one text.
 */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The encoder of Socket.IO, which puts a `JsonText` into its packet as it stands. */
export class JsonTextEncoder extends Encoder {
  override encode(packet: Packet): unknown[] {
    const { type, nsp, id, data } = packet;
    if (nsp === '/' && type === PacketType.EVENT && data[1] instanceof JsonText) {
      return [`2[${JSON.stringify(data[0])},${data[1].text}]`];
    }
    if (nsp === '/' && type === PacketType.ACK && data[0] instanceof JsonText) {
      return [`3${id}[${data[0].text}]`];
    }
    return super.encode(packet);
  }
}
