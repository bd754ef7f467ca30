import { writeSync } from 'node:fs';
import { MARKET_CHAINS } from '@deltastream/contracts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { startImports } from './imports.fixture.ts';

/** The program of `import-killed`: goes on with the import of a folder and says a line for each chain it publishes. */
const [folder] = process.argv.slice(2);
await told();
const { imports, ended, stop } = await startImports(folder, {
  markMs: 0,
  wrapBus: (bus) => ({
    ...bus,
    publish(topic, frame) {
      if (topic === MARKET_CHAINS.name) writeSync(1, `${topic}\n`);
      return bus.publish(topic, frame);
    },
  }),
});
await imports.start();
const [underWay] = await imports.list();
const { id } = underWay ?? (await imports.add({ file: 'nifty.csv' }));
await ended(id);
await stop();
