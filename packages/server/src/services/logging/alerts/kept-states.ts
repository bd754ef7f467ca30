import { Alert, LogAlertRule } from '@deltastream/contracts';
import Type, { type Static } from 'typebox';
import Schema from 'typebox/schema';
import { readJsonFile, writeJsonFile } from '../../../kit/files/json-file.ts';

/** How a rule stood that fired at some time, in epoch ms, as the clock was then. */
const RuleStanding = Type.Object({
  firing_since: Type.Union([Type.Integer(), Type.Null()]),
  fired_at: Type.Integer(),
  settled: Type.Union([Type.Integer(), Type.Null()], {
    description: 'The newest line of what fired before',
  }),
});
export type RuleStanding = Static<typeof RuleStanding>;

const KeptStates = Type.Object({
  rules: Type.Array(Type.Object({ id: Type.String(), rule: LogAlertRule, standing: RuleStanding })),
  /** In their order; published perhaps, but nobody noted it. */
  unpublished: Type.Array(Alert),
});
export type KeptStates = Static<typeof KeptStates>;

const NOTHING: KeptStates = { rules: [], unpublished: [] };

/** What rules have told, over restarts. */
export interface AlertStates {
  /** Nothing where none is kept, or it is not understood: a rule that fires is then told once more. */
  read(): Promise<KeptStates>;
  /** Durable when it resolves; rejects where it cannot be written. */
  write(states: KeptStates): Promise<void>;
}

/** In a file that is replaced as one. */
export const alertStatesIn = (path: string): AlertStates => ({
  async read() {
    const found = await readJsonFile<unknown>(path);
    return Schema.Check(KeptStates, found) ? found : NOTHING;
  },
  write: (states) => writeJsonFile(path, states),
});

/**
 * One write at a time. What is returned resolves when the state of the call, or of a later moment, is written: what changes
 * during a write is in the next, however often.
 */
export function createSaver(write: () => Promise<void>): () => Promise<void> {
  let writing: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const save = (): Promise<void> => {
    if (writing === null) {
      writing = write().finally(() => {
        writing = null;
      });
      return writing;
    }
    next ??= writing
      .catch(() => undefined)
      .then(() => {
        next = null;
        return save();
      });
    return next;
  };
  return save;
}
