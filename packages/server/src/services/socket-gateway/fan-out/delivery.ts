import type { ActiveChannel, Member } from './channel-members.ts';
import { directWay, type Network, waitingBytes } from './connection.ts';
import type { FanOutSettings, FanOutStats } from './fan-out-settings.ts';
import { encodeFrame, type Frame, packetOf } from './frame.ts';
import type { JoinedFrames } from './joined-frames.ts';
import { createLaggards } from './laggards.ts';

export interface Delivery {
  /** Sends a member everything that its rooms have for it, in one write where that is possible. */
  serve(member: Member): void;
  forget(member: Member): void;
  stats(): FanOutStats;
  stop(): void;
}

/** The way of frames to one member: straight to its connection, as packets of engine.io, or later. */
export function createDelivery(settings: FanOutSettings, joined: JoinedFrames): Delivery {
  const count = { deliveries: 0, packets: 0, writes: 0, bytes: 0, missed: 0, caughtUp: 0, cut: 0 };
  const laggards = createLaggards(
    {
      ...settings,
      onCut: (socket, reason) => {
        count.cut += 1;
        settings.onCut(socket, reason);
      },
    },
    serve,
  );
  /** The frames for the member that is being served; one array for all of them. */
  const frames: Frame[] = [];

  function serve(member: Member): void {
    if (waitingBytes(member.connection) > settings.behindBytes) {
      miss(member);
      return;
    }
    collect(member);
    if (member.behindSince !== null) {
      member.behindSince = null;
      laggards.delete(member);
    }
    if (frames.length === 0) return;
    // All state is settled before anything is sent: sending may cut the member.
    const network = directWay(member.connection);
    if (network) write(network);
    else sendPackets(member);
    frames.length = 0;
  }

  function miss(member: Member): void {
    for (const membership of member.memberships) {
      const { version } = membership.active;
      if (membership.seen === version) continue;
      membership.seen = version;
      membership.missed = true;
      count.missed += 1;
      member.behindSince ??= performance.now();
    }
    if (member.behindSince !== null) laggards.add(member);
  }

  function collect({ memberships }: Member): void {
    for (const membership of memberships) {
      const { active } = membership;
      if (membership.missed) {
        const resync = resyncFrameOf(active);
        if (resync.events.length > 0) frames.push(resync);
        membership.missed = false;
        count.caughtUp += 1;
      } else {
        for (let late = active.version - membership.seen; late > 0; late--) {
          frames.push(active.frames[active.frames.length - late]);
        }
      }
      membership.seen = active.version;
    }
  }

  function resyncFrameOf(active: ActiveChannel): Frame {
    active.resync ??= encodeFrame(active.channel.resyncEvents());
    return active.resync;
  }

  function write(network: Network): void {
    const joint = joined.join(frames);
    if (joint) network.write(joint);
    else {
      network.cork();
      for (const { bytes } of frames) network.write(bytes);
      network.uncork();
    }
    count.writes += 1;
    for (const { events, bytes } of frames) {
      count.deliveries += events.length;
      count.bytes += bytes.length;
    }
  }

  function sendPackets(member: Member): void {
    const { conn } = member.socket;
    for (const { events } of frames) {
      for (const event of events) conn.write(packetOf(event), { compress: false });
      count.deliveries += events.length;
      count.packets += events.length;
    }
  }

  return {
    serve,
    forget: laggards.delete,
    stats: () => ({ ...count }),
    stop: laggards.stop,
  };
}
