import { told } from '../../testing/killed-runs.fixture.ts';
import { createBackup } from './create-backup.ts';
import { LATER_MS } from './stored-folder.fixture.ts';

/** Makes one backup after another of the first argument in the second, and says each step on a line; to be killed meanwhile. */
const [data, target] = process.argv.slice(2);
const say = (line: string | number) => process.stdout.write(`${line}\n`);
await told();
for (;;) {
  const nowMs = Date.now() + LATER_MS;
  const onProgress = (_done: number, _total: number, path: string) => say(path);
  const { manifest } = await createBackup({ data, target, keep: 2, release: '0', nowMs, onProgress });
  say(manifest.number);
}
