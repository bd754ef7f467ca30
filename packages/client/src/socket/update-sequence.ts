import type { FollowOptions, FollowRequest, SnapshotOf, SocketConnection, UpdateOf } from './socket-types.ts';

const DEFAULT_KEEP = 100;

/** A subscription as an asynchronous sequence; see `SocketConnection.follow`. */
export async function* sequenceOf<const R extends FollowRequest>(
  connection: Pick<SocketConnection, 'subscribe' | 'onState'>,
  request: R,
  options: FollowOptions & { readonly signal?: AbortSignal; readonly keep?: number },
): AsyncGenerator<UpdateOf<R>, void, undefined> {
  const { signal, keep = DEFAULT_KEEP } = options;
  let waiting: UpdateOf<R>[] = [];
  let ended = signal?.aborted ?? false;
  let wake = () => {};

  const end = () => {
    ended = true;
    wake();
  };
  const add = (update: UpdateOf<R>) => {
    waiting.push(update);
    if (waiting.length > keep) waiting.shift();
    wake();
  };
  if (ended) return;
  const { snapshot, unsubscribe } = await connection.subscribe(request, add, options);
  const first = snapshot === null ? [] : ([snapshot as SnapshotOf<R>].flat() as UpdateOf<R>[]);
  waiting = [...first, ...waiting].slice(-keep);
  signal?.addEventListener('abort', end, { once: true });
  const stopListening = connection.onState((state) => state === 'closed' && end());
  try {
    while (!ended) {
      const update = waiting.shift();
      if (update !== undefined) yield update;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ended || waiting.length > 0) resolve();
        });
      }
    }
  } finally {
    signal?.removeEventListener('abort', end);
    stopListening();
    unsubscribe();
  }
}
