import process, { stdout } from 'node:process';
import { serverOf } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { storedVersionsTable } from '../../kit/health/stored-version.ts';
import type { Settings } from '../../settings/compose.ts';
import { flagName } from '../../settings/sources.ts';
import { storedVersions, upgradeStores } from '../../stored-data/stored-data.ts';

/** Exit code of a check that found steps to run. */
const STEPS_TO_RUN = 2;

/**
 * What retention removes from a market store on a database server, where releases before its roll-ups ignored the
 * settings; null where it removes nothing.
 */
export function removalsOnServer(settings: Settings): string | null {
  if (serverOf(settings.store) === null || settings.keepSnapshots === 0) return null;
  const given = (['keepSnapshots', 'keepSummaries', 'keepMinutes'] as const)
    .filter((name) => settings[name] > 0)
    .map((name) => `--${flagName(name)} ${settings[name]}`);
  return (
    `Note: earlier releases ignored ${given.join(', ')} on a database server. After these steps a start removes ` +
    'for good what is older; leave the settings out to keep it'
  );
}

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
  const removals = removalsOnServer(settings);
  if (removals !== null) stdout.write(`${removals}\n`);
  if (check) {
    process.exitCode = STEPS_TO_RUN;
    return;
  }
  await upgradeStores(settings);
  stdout.write(`Ran ${steps} steps; everything is up to date\n`);
}
