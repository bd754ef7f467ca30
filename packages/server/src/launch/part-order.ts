import { DeltaStreamError } from '../kit/errors.ts';

/**
 * What one part of a process does for the others: `enrich` and `store` take messages to their end, `broadcast`
 * brings them to clients, `answer` gives what requests ask for, `serve` takes requests in.
 */
export type Task = 'enrich' | 'store' | 'broadcast' | 'answer' | 'serve';

/** Where a part stands in the order of its process, whichever others there are. */
export interface Place {
  readonly does?: readonly Task[];
  /** It starts after the parts that do these, and stops before them. */
  readonly needs?: readonly Task[];
  /** It starts after the parts that do these, too. */
  readonly startsAfter?: readonly Task[];
}

export interface Part extends Place {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts every part once those before it work, at the same time where it can. When one fails those after it are not
 * started; rejects with the first failure when all others have settled.
 */
export async function startInOrder(parts: readonly Part[]): Promise<void> {
  const earlier = ({ needs = [], startsAfter = [] }: Part) =>
    parts.filter(({ does }) => overlap(does, [...needs, ...startsAfter]));
  const outcomes = await Promise.allSettled(
    inOrder(parts, earlier, async (part, before) => {
      await Promise.all(before);
      await part.start();
    }),
  );
  const failed = outcomes.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

/**
 * Stops every part once nothing that needs it is left, at the same time where it can. Before one that takes messages
 * to their end stops, `drained` is waited for once. A stop that fails is told to `onFailure` and holds no other up.
 */
export async function stopInOrder(
  parts: readonly Part[],
  drained: () => Promise<void>,
  onFailure: (name: string, error: unknown) => void,
): Promise<void> {
  let draining: Promise<void> | null = null;
  const later = ({ does }: Part) => parts.filter(({ needs }) => overlap(needs, does));
  await Promise.all(
    inOrder(parts, later, async (part, before) => {
      await Promise.all(before);
      try {
        if (overlap(part.does, CARRYING)) {
          draining ??= drained().catch((error) => onFailure('messages under way', error));
          await draining;
        }
        await part.stop();
      } catch (error) {
        onFailure(part.name, error);
      }
    }),
  );
}

const CARRYING: readonly Task[] = ['enrich', 'store'];

/** Runs `work` of each part with the runs of those before it, which it is to wait for. Throws `internal` for a cycle. */
function inOrder(
  parts: readonly Part[],
  before: (part: Part) => readonly Part[],
  work: (part: Part, before: readonly Promise<void>[]) => Promise<void>,
): readonly Promise<void>[] {
  const runs = new Map<Part, Promise<void> | null>();
  const visit = (part: Part): Promise<void> => {
    const known = runs.get(part);
    if (known === null) throw new DeltaStreamError('internal', `${part.name} waits for itself`);
    if (known) return known;
    runs.set(part, null);
    const run = work(part, before(part).map(visit));
    runs.set(part, run);
    return run;
  };
  return parts.map(visit);
}

const overlap = (some: readonly Task[] = [], others: readonly Task[] = []): boolean =>
  some.some((each) => others.includes(each));
