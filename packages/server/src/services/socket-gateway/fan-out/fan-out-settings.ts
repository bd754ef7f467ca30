import type { ClientSocket } from '../clients/client-session.ts';
import { SOCKET_GATEWAY_DEFAULTS, type SocketGatewaySettings } from '../settings.ts';
import type { Channel } from './fan-out.ts';

export interface FanOutSettings
  extends Pick<SocketGatewaySettings, 'behindBytes' | 'maxQueuedBytes' | 'maxBehindMs'> {
  /** How often a member that is behind is looked at, milliseconds. */
  readonly retryMs: number;
  /** After this much writing in one turn of the event loop everything else gets its turn, milliseconds. */
  readonly sliceMs: number;
  /** A member was cut; its connection is closed already. */
  readonly onCut: (member: ClientSocket, reason: string) => void;
  /** Every member of the channel has been served: milliseconds since the flush was due. */
  readonly onFlushed: (channel: Channel, elapsedMs: number) => void;
}

export const FAN_OUT_DEFAULTS: FanOutSettings = {
  behindBytes: SOCKET_GATEWAY_DEFAULTS.behindBytes,
  maxQueuedBytes: SOCKET_GATEWAY_DEFAULTS.maxQueuedBytes,
  maxBehindMs: SOCKET_GATEWAY_DEFAULTS.maxBehindMs,
  retryMs: 50,
  sliceMs: 5,
  onCut: () => {},
  onFlushed: () => {},
};

/** Counts since the start. */
export interface FanOutStats {
  /** Events handed to members, whichever way. */
  readonly deliveries: number;
  /** Of these, as packets of engine.io (`packetCreate` fires for each): polling, upgrading, packets waiting. */
  readonly packets: number;
  /** Writes to connections that went around the packet path. */
  readonly writes: number;
  /** Bytes of those writes. */
  readonly bytes: number;
  /** Flushes of a channel that a member missed because it read too slowly. */
  readonly missed: number;
  /** Whole states given to members that had missed flushes. */
  readonly caughtUp: number;
  readonly cut: number;
}
