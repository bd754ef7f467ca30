import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { recordedAt, recordedExpiry } from '../services/feed/source-settings.ts';
import { effectiveSettings, readSettings } from './read.ts';

describe('settings', () => {
  it('have defaults that serve this machine only', () => {
    expect(readSettings({}, {})).toMatchObject({
      host: '127.0.0.1',
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

  it.each([
    ...['mongo://me:secret@host/db', 'mongodb:/me:secret@host', 'mongodb:me:sec/ret@host'],
    ...['postgre://me:secret@host/db', 'postgres:me:sec/ret@host'],
  ])('do not repeat the password of %s', (store) => {
    expect(() => readSettings({ store }, {})).toThrow(/--store "(mongo|postgre)[^"]*\*\*\*/);
    expect(() => readSettings({ store }, {})).toThrow(/^(?!.*sec.?ret)/);
  });

  it.each([
    [{ port: 'eighty' }, /--port "eighty"/],
    [{ port: '70000' }, /--port 70000/],
    [{ source: 'ftp:x' }, /--source "ftp:x"/],
    [{ speed: '-1' }, /--speed -1/],
    [{ recordedAt: '2024-06-20 10:15' }, /--recorded-at "2024-06-20 10:15"/],
    [{ recordedProduct: 'a b' }, /--recorded-product "a b"/],
    [{ recordedExpiry: '25-Aug-2026' }, /--recorded-expiry "25-Aug-2026"/],
    [{ only: 'feed,baker' }, /--only \["feed","baker"\]/],
    [{ store: 'mysql://here' }, /--store "mysql:\/\/here"/],
    [{ storeReadUrl: 'sqlite:' }, /--store-read-url "sqlite:"/],
    [{ redisAnswerTimeoutMs: '499' }, /--redis-answer-timeout-ms 499/],
  ])('refuse %j, naming the flag and the value', (flags, message) => {
    expect(() => readSettings(flags, {})).toThrow(message);
  });
});

test('an instant is read with its zone, and refused where the calendar has none', () => {
  expect(recordedAt(readSettings({ recordedAt: '2024-06-20T10:15+05:30' }, {}))).toBe(
    Date.parse('2024-06-20T04:45:00Z'),
  );
  expect(recordedAt(readSettings({}, {}))).toBeUndefined();
  const noInstant = readSettings({ recordedAt: '2024-13-20T10:15Z' }, {});
  expect(() => recordedAt(noInstant)).toThrow(/--recorded-at "2024-13-20T10:15Z" is not a valid timestamp/);
});

test('an expiry is a day of the calendar', () => {
  expect(recordedExpiry(readSettings({ recordedExpiry: '2026-12-29' }, {}))).toBe('2026-12-29');
  expect(recordedExpiry(readSettings({}, {}))).toBeUndefined();
  const noDay = readSettings({ recordedExpiry: '2026-02-30' }, {});
  expect(() => recordedExpiry(noDay)).toThrow(/--recorded-expiry "2026-02-30" is not a date/);
});

describe('settings from several places', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  it('take flags before the environment before the file before the default, and say which', () => {
    const config = file('all.json', { port: 1, host: '0.0.0.0', products: ['BTC'], rate: 0.05 });
    const environment = { DELTASTREAM_PORT: '2', DELTASTREAM_HOST: '::1', DELTASTREAM_CONFIG: config };
    const { settings, origins } = effectiveSettings({ port: '3' }, environment);
    expect(settings).toMatchObject({ port: 3, host: '::1', products: ['BTC'], rate: 0.05, speed: 1 });
    expect(['port', 'host', 'rate', 'speed'].map((name) => origins.get(name))).toEqual([
      'flag --port',
      'environment, DELTASTREAM_HOST',
      `file ${config}, "rate"`,
      'default',
    ]);
  });

  it.each([
    ['sqliteRollCheckMs', 'storeRollCheckMs', 'SQLITE_ROLL_CHECK_MS'],
    ['sqliteRollQuietMs', 'storeRollQuietMs', 'SQLITE_ROLL_QUIET_MS'],
  ] as const)('read %s, which SQLite alone had, as %s, and only there', (former, today, variable) => {
    const config = file(`${former}.json`, { [former]: 7 });
    const places = [
      [{ [former]: '7' }, {}],
      [{}, { [`DELTASTREAM_${variable}`]: '7' }],
      [{ config }, {}],
    ] as const;
    for (const [flags, environment] of places) {
      const { settings, deprecated } = effectiveSettings(flags, environment);
      expect(settings[today]).toBe(7);
      expect(deprecated).toEqual([expect.stringMatching(/--sqlite-roll-.* use --store-roll-/)]);
    }
    expect(() => effectiveSettings({ [former]: '7', [today]: '8' }, {})).toThrow(
      /is given, too: leave it out/,
    );
    const elsewhere = effectiveSettings({ [former]: '7', store: 'postgres://db/market' }, {});
    expect(elsewhere.settings[today]).toBe(effectiveSettings({}, {}).settings[today]);
  });

  it('read a secret from a file of its own, from each place', () => {
    const secret = file('bus-url', 'redis://user:hush@localhost:6379\n');
    const config = file('secret.json', { busFile: secret });
    const url = 'redis://user:hush@localhost:6379';
    expect(readSettings({ busFile: secret }, {}).bus).toBe(url);
    expect(readSettings({}, { DELTASTREAM_BUS_FILE: secret }).bus).toBe(url);
    expect(readSettings({ config }, {}).bus).toBe(url);
    expect(readSettings({ bus: 'memory:' }, { DELTASTREAM_BUS_FILE: secret }).bus).toBe('memory:');
  });

  it.each([
    [
      'a value of the environment',
      {},
      { DELTASTREAM_PORT: 'x' },
      /--port "x" .*from environment, DELTASTREAM_PORT/,
    ],
    [
      'a value of the file',
      { config: file('bad.json', { port: 'x' }) },
      {},
      /--port "x" .*from file .*"port"/,
    ],
    ['an unknown name in the file', { config: file('odd.json', { prot: 1 }) }, {}, /no setting "prot"/],
    ['a file that is no JSON', { config: file('no.json', '{') }, {}, /--config .*no\.json/],
    ['a file that is not there', { config: '/no/such/file' }, {}, /--config \/no\/such\/file/],
    ['a secret that is not there', { busFile: '/no/such/secret' }, {}, /--bus-file .*no such file/i],
    ['a secret given twice', { busFile: '/a', bus: 'memory:' }, {}, /--bus is given twice/],
  ])('refuse %s, saying where it came from', (_what, flags, environment, message) => {
    expect(() => readSettings(flags, environment)).toThrow(message);
  });

  it('never show a password in a refusal', () => {
    const refused = () => readSettings({ bus: 'rediss:hush' }, {});
    expect(refused).toThrow(/--bus/);
    expect(() => readSettings({ bus: 'http://user:hush@host' }, {})).toThrow(/http:\/\/user:\*\*\*@host/);
    expect(refused).not.toThrow(/hush/);
  });
});
