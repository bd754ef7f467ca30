import { describe, expect, it } from 'vitest';
import { readSettings } from './config.ts';

describe('settings', () => {
  it('have defaults that serve this machine only', () => {
    expect(readSettings({}, {})).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      source: 'synthetic',
      speed: 1,
    });
  });

  it('come from flags before the environment', () => {
    const environment = { DELTASTREAM_PORT: '9001', DELTASTREAM_TICKS_PER_SECOND: '2.5' };
    expect(readSettings({ port: '9000' }, environment)).toMatchObject({ port: 9000, ticksPerSecond: 2.5 });
    expect(readSettings({}, environment).port).toBe(9001);
  });

  it('take lists by comma and speeds as a number or a word', () => {
    const settings = readSettings({ products: 'NIFTY, BTC', speed: 'max' }, {});
    expect(settings).toMatchObject({ products: ['NIFTY', 'BTC'], speed: 'max' });
    expect(readSettings({ speed: '60' }, {}).speed).toBe(60);
  });

  it.each(['mongo://me:secret@host/db', 'mongodb:/me:secret@host', 'mongodb:me:sec/ret@host'])(
    'do not repeat the password of %s',
    (store) => {
      expect(() => readSettings({ store }, {})).toThrow(/--store "mongo[^"]*\*\*\*@host/);
      expect(() => readSettings({ store }, {})).toThrow(/^(?!.*sec.?ret)/);
    },
  );

  it.each([
    [{ port: 'eighty' }, /--port "eighty"/],
    [{ port: '70000' }, /--port 70000/],
    [{ source: 'ftp:x' }, /--source "ftp:x"/],
    [{ speed: '-1' }, /--speed -1/],
    [{ only: 'feed,baker' }, /--only \["feed","baker"\]/],
    [{ store: 'postgres://here' }, /--store "postgres:\/\/here"/],
    [{ storeReadUrl: 'sqlite:' }, /--store-read-url "sqlite:"/],
  ])('refuse %j, naming the flag and the value', (flags, message) => {
    expect(() => readSettings(flags, {})).toThrow(message);
  });
});
