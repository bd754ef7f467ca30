import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureChainUpdates } from './chain-updates.ts';
import { measureInteractions } from './interactions.ts';
import { measureLoads } from './loads.ts';
import { measureSoak } from './soak.ts';

/**
 * The dashboard in Debian's Chromium, served by a platform on the synthetic market that is started here.
 * `node bench/dashboard/run.ts load interaction chain` measures these parts, which is also what it does without any;
 * `node bench/dashboard/run.ts soak --minutes 30` watches the memory of a page that is used all the time.
 */
const PARTS = {
  load: measureLoads,
  interaction: measureInteractions,
  chain: measureChainUpdates,
  soak: () => measureSoak(Number(values.minutes)),
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '30' } },
});
const unknown = positionals.filter((name) => !(name in PARTS));
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(', ')}; parts are ${Object.keys(PARTS).join(', ')}`);
if (!(Number(values.minutes) > 0)) throw new Error(`--minutes ${values.minutes} is not a number above 0`);

// What is measured is the page as its sources are now.
execFileSync('npm', ['run', 'build', '-w', 'web', '--silent'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  stdio: ['ignore', 'ignore', 'inherit'],
});

const chosen = positionals.length > 0 ? positionals : ['load', 'interaction', 'chain'];
for (const name of chosen) process.stdout.write(`${await PARTS[name as keyof typeof PARTS]()}\n`);
