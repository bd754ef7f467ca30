export interface Update {
  readonly room: string;
  readonly seq: number;
  /** When the newest update was made and when the room was flushed, microseconds, where it says so. */
  readonly at: number | null;
  readonly flushed: number | null;
}

/** The fields looked at are in the first bytes of a message. */
export const HEAD_BYTES = 240;
const SYNTHETIC = '42["update",{"room":"';
const CHAIN = '42["chain_update",{"room":"';
const PRICE = '42["price_update",{"product":"';

/** Reads what the load client needs of an event without parsing it; null for events that it does not time. */
export function readUpdate(data: Buffer): Update | null {
  const head = data.toString('latin1', 0, HEAD_BYTES);
  if (head.startsWith(SYNTHETIC)) {
    return {
      room: head.slice(SYNTHETIC.length, head.indexOf('"', SYNTHETIC.length)),
      seq: numberAfter(head, '"seq":'),
      at: numberAfter(head, '"at":'),
      flushed: numberAfter(head, '"flushed":'),
    };
  }
  if (head.startsWith(PRICE)) {
    return {
      room: `product:${head.slice(PRICE.length, head.indexOf('"', PRICE.length))}`,
      seq: numberAfter(head, '"seq":'),
      at: numberAfter(head, '"price":'),
      flushed: null,
    };
  }
  if (head.startsWith(CHAIN)) {
    return {
      room: head.slice(CHAIN.length, head.indexOf('"', CHAIN.length)),
      seq: numberAfter(head, '"room_seq":'),
      at: null,
      flushed: null,
    };
  }
  return null;
}

function numberAfter(text: string, field: string): number {
  return Number.parseInt(text.slice(text.indexOf(field) + field.length), 10);
}
