import { createRequire, syncBuiltinESMExports } from 'node:module';
import { afterAll } from 'vitest';

/**
 * Keeps unit suites what their name says: one that listens, starts a process or a thread, or makes temporary files fails,
 * whether or not the code under test swallows the error. What needs those is an integration suite.
 */
const breaches: Error[] = [];

function forbid(owner: object, names: readonly string[], what: string): void {
  for (const name of names) {
    // A function, not an arrow: Worker and DatabaseSync are called with `new`.
    const refuse = function refuse() {
      const breach = new Error(`a unit suite ${what}; name the file .integration.test.ts`);
      breaches.push(breach);
      throw breach;
    };
    Object.assign(owner, { [name]: refuse });
  }
}

const builtin = createRequire(import.meta.url);
forbid(builtin('node:net').Server.prototype, ['listen'], 'listens on a socket');
forbid(builtin('node:net').Socket.prototype, ['connect'], 'connects to a socket');
forbid(
  builtin('node:child_process'),
  ['spawn', 'spawnSync', 'fork', 'exec', 'execSync', 'execFile', 'execFileSync'],
  'starts a process',
);
forbid(builtin('node:worker_threads'), ['Worker'], 'starts a thread');
forbid(builtin('node:fs'), ['mkdtemp', 'mkdtempSync'], 'makes temporary files');
forbid(builtin('node:fs/promises'), ['mkdtemp'], 'makes temporary files');
syncBuiltinESMExports();

afterAll(() => {
  if (breaches.length > 0) throw breaches[0];
});
