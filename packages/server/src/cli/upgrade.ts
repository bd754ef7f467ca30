import process, { stdout } from 'node:process';
import { DeltaStreamError } from '../kit/errors.ts';
import { storedVersionsTable } from '../kit/health/stored-version.ts';
import type { Settings } from '../settings/compose.ts';
import { storedVersions, upgradeStores } from '../stored-data/stored-data.ts';

/** Exit code of a check that found steps to run. */
const STEPS_TO_RUN = 2;

/**
 * Prints the version of every store, and the steps that it lacks; runs them unless `check`. Throws `checks_failed`
 * when a store would be refused: then nothing is changed. With `check` the exit code is 2 when there are steps to run.
 */
export async function upgrade(settings: Settings, check: boolean): Promise<void> {
  const stores = await storedVersions(settings);
  stdout.write(stores.length === 0 ? 'Nothing is stored yet\n' : storedVersionsTable(stores));
  const refused = stores.filter(({ refusal }) => refusal !== null).map(({ store }) => store);
  if (refused.length > 0) {
    const which = `${refused.length} of ${stores.length} stores refused, nothing was changed`;
    throw new DeltaStreamError('checks_failed', `${which}: ${refused.join(', ')}`);
  }
  const steps = stores.reduce((sum, each) => sum + each.steps.length, 0);
  if (steps === 0) return;
  if (check) {
    process.exitCode = STEPS_TO_RUN;
    return;
  }
  await upgradeStores(settings);
  stdout.write(`Ran ${steps} steps; everything is up to date\n`);
}
