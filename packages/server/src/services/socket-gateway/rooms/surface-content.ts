import type { SurfaceUpdate } from '@deltastream/contracts';
import { cannotResume } from '../market/numbered-stream.ts';
import { encoded, type RoomContent } from './channels.ts';

/** The fitted surface of a product: a complete picture, so a client that resumes is given the newest and misses nothing. */
export function surfaceContent(newest: () => SurfaceUpdate | null): RoomContent {
  let sent = newest();
  let waiting = false;
  const event = (surface: SurfaceUpdate) => encoded('surface_update', surface);
  return {
    changed() {
      const replaces = waiting;
      waiting = true;
      return replaces;
    },
    take() {
      waiting = false;
      const now = newest();
      if (!now || now === sent) return [];
      sent = now;
      return [event(now)];
    },
    resyncEvents: () => (sent ? [event(sent)] : []),
    snapshot: newest,
    position: () => {
      const now = newest();
      return now && { epoch: now.epoch, seq: now.seq };
    },
    since(at) {
      const now = newest();
      return cannotResume(now, at) ?? (now === null || at.seq === now.seq ? [] : [now]);
    },
  };
}
