import { DeltaStreamError } from '../../../kit/errors.ts';

/** For whom work is done. */
export interface Party {
  /** As `networkOf` has it: the networks of those who wait take turns. */
  readonly network: string;
  /** Whether it is a device from which the account was logged in before: these are served before the others. */
  readonly known: boolean;
}

export interface Turns {
  /**
   * Runs `work` when it is its turn; rejects with `unavailable` or `stopped`. What waits of one network is served in the
   * order it came.
   */
  take<T>(party: Party, work: () => Promise<T>): Promise<T>;
  waiting(): number;
  /** Rejects what waits with `stopped`; resolves when what runs has ended; idempotent. */
  stop(): Promise<void>;
}

export interface TurnsOptions {
  /** Works at a time. */
  readonly concurrency: number;
  /** Works that may wait, of all networks together and of one; beyond it the caller gets `unavailable`. */
  readonly maxWaiting: number;
  readonly maxWaitingOfNetwork: number;
}

interface Waiting extends Party {
  start(): void;
  refuse(error: DeltaStreamError): void;
}

const RETRY_AFTER_SECONDS = 1; // A turn takes tenths of a second.

/**
 * A bounded semaphore for work that is too heavy to run as often as it is asked for. One network cannot keep the others
 * from their turn: networks are served in rotation, and where there is no room one that has more waiting than the
 * newcomer's gives up its latest. Known devices are served first, but every second turn is the others' where some wait,
 * for an attacker may have an account, too.
 */
export function createTurns({ concurrency, maxWaiting, maxWaitingOfNetwork }: TurnsOptions): Turns {
  const classes = { known: createRotation(), others: createRotation() };
  const running = new Set<Promise<void>>();
  let lastWasKnown = false;
  let stopped = false;

  const rotationOf = ({ known }: Party) => (known ? classes.known : classes.others);
  const waiting = () => classes.known.size() + classes.others.size();
  const waitingOf = (network: string) => classes.known.sizeOf(network) + classes.others.sizeOf(network);

  const next = (): Waiting | undefined => {
    const order = lastWasKnown ? [classes.others, classes.known] : [classes.known, classes.others];
    const turn = order[0].shift() ?? order[1].shift();
    lastWasKnown = turn?.known ?? false;
    return turn;
  };

  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const result = work();
    const ended = result.then(ignore, ignore).then(() => {
      running.delete(ended);
      next()?.start();
    });
    running.add(ended);
    return result;
  };

  /** Whether one more of this network may wait; where all places are taken, the network with the most gives one up. */
  const makeRoom = (network: string): boolean => {
    const own = waitingOf(network);
    if (own >= maxWaitingOfNetwork) return false;
    if (waiting() < maxWaiting) return true;
    const networks = new Set([...classes.known.networks(), ...classes.others.networks()]);
    let largest = network;
    for (const each of networks) if (waitingOf(each) > waitingOf(largest)) largest = each;
    if (waitingOf(largest) <= own + 1) return false;
    (classes.others.pop(largest) ?? classes.known.pop(largest))?.refuse(busy());
    return true;
  };

  return {
    async take(party, work) {
      if (stopped) throw stopping();
      if (running.size < concurrency) return run(work);
      if (!makeRoom(party.network)) throw busy();
      return new Promise((resolve, reject) => {
        rotationOf(party).push({ ...party, start: () => resolve(run(work)), refuse: reject });
      });
    },
    waiting,
    async stop() {
      stopped = true;
      for (let each = next(); each !== undefined; each = next()) each.refuse(stopping());
      await Promise.all(running);
    },
  };
}

/** What waits, by network; the networks take turns. */
function createRotation() {
  // The order of the map is that of the turns.
  const queues = new Map<string, Waiting[]>();
  const take = (network: string, from: 'shift' | 'pop'): Waiting | undefined => {
    const queue = queues.get(network);
    const taken = queue?.[from]();
    if (queue?.length === 0) queues.delete(network);
    return taken;
  };
  return {
    push(each: Waiting) {
      const queue = queues.get(each.network);
      if (queue === undefined) queues.set(each.network, [each]);
      else queue.push(each);
    },
    /** The oldest of the network whose turn it is, which comes last now. */
    shift(): Waiting | undefined {
      const [first] = queues;
      if (first === undefined) return undefined;
      const [network, queue] = first;
      const taken = take(network, 'shift');
      if (queues.delete(network)) queues.set(network, queue);
      return taken;
    },
    /** The latest of a network. */
    pop: (network: string) => take(network, 'pop'),
    networks: () => queues.keys(),
    sizeOf: (network: string) => queues.get(network)?.length ?? 0,
    size: () => [...queues.values()].reduce((sum, queue) => sum + queue.length, 0),
  };
}

const ignore = () => undefined;
const busy = () =>
  new DeltaStreamError('unavailable', 'too many passwords are being checked', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
const stopping = () => new DeltaStreamError('stopped', 'the auth service is stopping');
