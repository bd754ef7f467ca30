import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../kit/logging/log.ts';
import {
  haveMongo,
  haveOwnMongo,
  type MongoServer,
  startMongoServer,
  startOwnMongoServer,
} from '../../testing/servers/mongo-server.ts';
import { connectMongo, createTurns } from './connect.ts';

const collectLog = () => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (text: string) => void lines.push(JSON.parse(text)) });
  return { lines, logger };
};

describe.runIf(haveMongo)('a connection', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.stop());

  it('uses the database of its URL before the one it is given, and that before the usual one', async () => {
    const names = await Promise.all(
      [
        { url: `${server.url}/named?appName=x`, database: 'given' },
        { url: server.url, database: 'given' },
        server,
      ].map(async (options) => {
        const connection = await connectMongo({ ...options }, 'usual');
        await connection.close();
        return connection.db.databaseName;
      }),
    );
    expect(names).toEqual(['named', 'given', 'usual']);
  });

  it('says once what it is connected to', async () => {
    const { lines, logger } = collectLog();
    const connection = await connectMongo({ url: server.url, logger }, 'usual');
    await connection.run((db) => db.collection('any').findOne());
    await connection.close();
    expect(lines).toMatchObject([{ server: expect.stringMatching(/MongoDB \d/) }]);
  });

  it('rejects with stopped once closed, also what was under way, and closes again without effect', async () => {
    const connection = await connectMongo({ url: server.url }, 'usual');
    await connection.close();
    await connection.close();
    await expect(connection.run((db) => db.collection('any').findOne())).rejects.toMatchObject({
      code: 'stopped',
    });
  });
});

it.runIf(haveOwnMongo)('names what the server of the tests lacks', async () => {
  const server = await startOwnMongoServer();
  const { lines, logger } = collectLog();
  const connection = await connectMongo({ url: server.url, logger }, 'usual');
  await connection.close();
  await server.stop();
  expect(lines).toMatchObject([
    {
      level: 'warn',
      lacking: [
        expect.stringContaining('replica set'),
        expect.stringContaining('two steps'),
        expect.stringContaining('no other process'),
      ],
    },
  ]);
});

describe('turns', () => {
  const most = async (oneAtATime: boolean) => {
    const turns = createTurns(oneAtATime);
    let running = 0;
    let highest = 0;
    const work = async () => {
      highest = Math.max(highest, ++running);
      await sleep(1);
      running -= 1;
      throw new Error('the next has its turn all the same');
    };
    await Promise.allSettled(Array.from({ length: 5 }, () => turns(work)));
    return highest;
  };

  it('run one at a time where they must, and at once where they may', async () => {
    expect(await most(true)).toBe(1);
    expect(await most(false)).toBe(5);
  });
});
