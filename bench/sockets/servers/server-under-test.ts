import type { Server } from 'node:http';
import type { Rooms, ServerCount } from '../protocol.ts';

export interface ServerUnderTest {
  /** The rooms of a group have something new, in one turn of the event loop. */
  publish(group: readonly string[]): void;
  count(): Count | Promise<Count>;
}

type Count = Omit<ServerCount, 'cpuMicroseconds'>;

export type OpenServer = (
  http: Server,
  rooms: readonly Rooms[],
  authUrl?: string,
) => ServerUnderTest | Promise<ServerUnderTest>;
