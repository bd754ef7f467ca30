import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MARKET_CHAINS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { runToExit, temporaryFolder } from '../support/platform/platform-process.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

describe.runIf(haveRedisServer())('services as processes on Redis', () => {
  const folder = temporaryFolder();
  let stand: RedisStand;
  beforeAll(async () => {
    stand = await openRedisStand();
  });
  afterAll(async () => {
    await stand.end();
    folder.remove();
  });

  it('doctor finds what is there and what is not, and ends accordingly', async () => {
    const data = ['--data', join(folder.path, 'doctor')];
    const fit = await runToExit(['doctor', ...stand.shared, ...data]);
    expect(fit.output).toMatch(/bus +eviction policy +ok +noeviction/);
    expect(fit.output).toMatch(/data folder +writable +ok/);
    expect(fit.code).toBe(0);
    const unfit = await runToExit(['doctor', '--bus', 'redis://user:hush@127.0.0.1:1', ...data]);
    expect(unfit.output).toMatch(/bus +reachable +FAILED/);
    expect(unfit.output).toMatch(/1 of \d+ checks failed: bus \(reachable\)/);
    expect(unfit.output).not.toContain('hush');
    expect(unfit.code).toBe(1);
  });

  it('config shows the settings that hold, whence, and no secret', async () => {
    const file = join(folder.path, 'settings.json');
    const secret = join(folder.path, 'secret');
    writeFileSync(secret, 'redis://user:hush@redis.internal:6379\n');
    writeFileSync(file, JSON.stringify({ port: 9000, busFile: secret }));
    const { code, output } = await runToExit(['config', '--config', file, '--host', '0.0.0.0']);
    expect(code).toBe(0);
    expect(output).toMatch(/^host +"0\.0\.0\.0" +flag --host$/m);
    expect(output).toMatch(/^port +9000 +file .*settings\.json, "port"$/m);
    expect(output).toMatch(/^bus +"redis:\/\/user:\*\*\*@redis\.internal:6379" +file .*"busFile"$/m);
    expect(output).toMatch(/^accessTokenSeconds +600 +default$/m);
    expect(output).not.toContain('hush');
  });

  it('dlq lists, shows, replays and discards', async () => {
    const bus = await createRedisBus({ url: stand.redis.url });
    await stand.start('enricher');
    for (let i = 0; i < 3; i++) await bus.publish(MARKET_CHAINS.name, new TextEncoder().encode('no frame'));
    await expect.poll(() => bus.deadLetters(MARKET_CHAINS.name)).toHaveLength(3);
    const dlq = async (...words: string[]) => runToExit(['dlq', ...words, '--bus', stand.redis.url]);
    const list = await dlq('list');
    expect(list.code).toBe(0);
    expect(list.output).toMatch(/3 dead letters/);
    const [id] = /message:market:chains:\S+/.exec(list.output) ?? [''];
    expect(list.output).toMatch(/enricher +1 tries +8 bytes +market:chains: frame is not a chain: version/);
    expect((await dlq('show', id)).output).toContain(`"payload_base64": "${btoa('no frame')}"`);
    expect((await dlq('discard', id)).output).toContain(`discarded ${id}`);
    expect(await dlq('discard', id)).toMatchObject({ code: 1 });
    expect((await dlq('replay', '--all', '--kind', 'message')).output.match(/^replayed /gm)).toHaveLength(2);
    // They are as malformed as before, and come back.
    await expect.poll(() => bus.deadLetters(MARKET_CHAINS.name)).toHaveLength(2);
    const [ids] = [(await bus.deadLetters(MARKET_CHAINS.name)).map((letter) => letter.id)];
    expect(ids.join()).not.toContain(id.split(':').at(-1));
    expect((await dlq('replay')).output).toMatch(/say --all/);
    await bus.close();
  });
});
