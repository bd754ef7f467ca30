/** Kinds of frames of RFC 6455. */
export const TEXT_FRAME = 1;
export const BINARY_FRAME = 2;
export const PONG_FRAME = 10;

/** A complete unmasked frame, as a server sends it. */
export function webSocketFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(head + length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, 0x80 | opcode);
  if (head === 2) view.setUint8(1, length);
  else if (head === 4) {
    view.setUint8(1, 126);
    view.setUint16(2, length);
  } else {
    view.setUint8(1, 127);
    view.setBigUint64(2, BigInt(length));
  }
  frame.set(payload, head);
  return frame;
}
