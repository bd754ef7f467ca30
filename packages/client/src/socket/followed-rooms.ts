import type { Gap, RoomUpdate, Subscribed, SubscriptionRequest } from '@deltastream/contracts';
import { roomOf } from '@deltastream/contracts/live';
import type { Follower } from './follower.ts';
import { createRoomState, type RoomState, type Update } from './room-state.ts';
import type { RoomStanding } from './socket-types.ts';

/** A room that is followed, and by whom. */
export interface FollowedRoom {
  readonly state: RoomState;
  readonly options: string;
  readonly followers: Set<Follower>;
  /** False while the connection is away: what arrives then is not this subscription's. */
  live: boolean;
}

/** Rooms by name: shares one subscription among all who follow a room. */
export interface FollowedRooms {
  /** Null when the room is followed with other options. */
  enter(request: SubscriptionRequest, follower: Follower): FollowedRoom | null;
  /** True when that was the last one. */
  leave(room: FollowedRoom, follower: Follower): boolean;
  /** The response to a subscription of this connection; false as `take`. */
  begin(room: FollowedRoom, response: Subscribed): boolean;
  /** False when it does not fit what is known, and the room has to be asked for anew. */
  take(name: string, update: RoomUpdate): boolean;
  gap(gap: Gap): void;
  pause(): void;
  get(name: string): FollowedRoom | undefined;
  all(): Iterable<FollowedRoom>;
  clear(): void;
}

export function createFollowedRooms(): FollowedRooms {
  const rooms = new Map<string, FollowedRoom>();
  function hand(room: FollowedRoom, news: readonly Update[] | null): boolean {
    for (const update of news ?? []) for (const follower of room.followers) follower.offer(update);
    if (news === null) stand(room, 'unknown');
    return news !== null;
  }
  function stand(room: FollowedRoom, standing: RoomStanding): void {
    room.live = standing !== 'unknown';
    for (const follower of room.followers) follower.onStanding(standing);
  }

  return {
    enter(request, follower) {
      const name = roomOf(request);
      const options = JSON.stringify(Object.entries(request).sort());
      const found = rooms.get(name);
      if (found && found.options !== options) return null;
      const room = found ?? {
        state: createRoomState(request),
        options,
        followers: new Set<Follower>(),
        live: false,
      };
      room.followers.add(follower);
      rooms.set(name, room);
      return room;
    },
    leave(room, follower) {
      if (!room.followers.delete(follower) || room.followers.size > 0) return false;
      rooms.delete(roomOf(room.state.request));
      return true;
    },
    begin(room, response) {
      room.live = true;
      const fits = hand(room, room.state.begin(response));
      if (fits) stand(room, room.state.isEmpty ? 'empty' : 'current');
      return fits;
    },
    take(name, update) {
      const room = rooms.get(name);
      if (!room?.live) return true;
      const wasEmpty = room.state.isEmpty;
      const fits = hand(room, room.state.take(update));
      if (fits && wasEmpty && !room.state.isEmpty) stand(room, 'current');
      return fits;
    },
    gap(gap) {
      for (const follower of rooms.get(gap.room)?.followers ?? []) follower.onGap(gap);
    },
    pause() {
      for (const room of rooms.values()) stand(room, 'unknown');
    },
    get: (name) => rooms.get(name),
    all: () => [...rooms.values()],
    clear: () => rooms.clear(),
  };
}
