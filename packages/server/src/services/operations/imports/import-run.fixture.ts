import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARKET_CHAINS } from '@deltastream/contracts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { startImports } from './imports.fixture.ts';

/** The program of `import-killed`: watches the folder `inbox` and says a line for each chain it publishes. */
const [folder] = process.argv.slice(2);
const inbox = join(folder, 'inbox');
await told();
const { imports, stop } = await startImports(folder, {
  ...{ markMs: 0, importFolder: inbox, folderPollMs: 10, folderSettledMs: 0 },
  wrapBus: (bus) => ({
    ...bus,
    publish(topic, frame) {
      if (topic === MARKET_CHAINS.name) writeSync(1, `${topic}\n`);
      return bus.publish(topic, frame);
    },
  }),
});
await imports.start();
while (existsSync(join(inbox, 'nifty.csv'))) await sleep(10);
await stop();
