import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PlatformProcess, startPlatform, temporaryFolder } from './support/platform/platform-process.ts';

const data = temporaryFolder();
let platform: PlatformProcess;

beforeAll(async () => {
  platform = await startPlatform(['--data', data.path, '--source', 'none']);
});
afterAll(async () => {
  await platform.stop();
  data.remove();
});

it('an idle process holds little beside what it uses: what the start needed is given back', async () => {
  const metrics = await (await fetch(`${platform.url}/metrics`)).text();
  const bytesOf = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
  const used = bytesOf('nodejs_heap_size_used_bytes');
  expect(used).toBeGreaterThan(10e6);
  expect(bytesOf('nodejs_heap_size_total_bytes') / used).toBeLessThan(1.15);
});
