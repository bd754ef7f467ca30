import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Option } from 'commander';
import { describe, expect, it, test } from 'vitest';
import { createProgram } from '../cli/program.ts';
import { type SettingSchema, settingProblem } from '../kit/settings-fragment.ts';
import { feedConfig } from '../services/feed/feed-config.ts';
import { FRAGMENTS, SECRET_SETTINGS, SETTINGS } from './compose.ts';
import { settingsTables } from './document.ts';
import { effectiveSettings } from './read.ts';

const schemas = [...SETTINGS];
const options: readonly Option[] = createProgram().options;

const CANDIDATES = [
  ...[0.5, 1, 2, 20, 3000, 5_000_000],
  ...[
    'redis://h:1',
    'mongodb://h/d',
    'postgres://h/d',
    'http://h',
    'loki+http://h',
    'ws://h',
    'smtp://h',
    'mailto:a@h',
    '22',
    'A'.repeat(43),
    'none',
    '2026-01-02',
    '2026-01-02T03:04Z',
    '03:04',
    'kite=03:04',
    '{DD}',
    'a',
    'A',
  ],
];

/** A value that a setting takes and that is not its default, as text of a command line. */
function sampleOf(schema: SettingSchema): string {
  if (schema.items) return sampleOf(schema.items);
  const values = schema.type === 'boolean' ? [true, false] : (schema.enum ?? CANDIDATES);
  const sample = values.find((each) => each !== schema.default && settingProblem(schema, each) === null);
  if (sample === undefined) throw new Error('no candidate is a value of it');
  return String(sample);
}

describe('every setting', () => {
  it('is declared by one part of the platform', () => {
    const names = FRAGMENTS.flatMap(({ published }) => Object.keys(published));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each(schemas)('%s says what it is for, its unit, and a default that it takes', (name, schema) => {
    expect(schema.description?.length).toBeGreaterThan(5);
    if (schema.type === 'integer' || schema.type === 'number') expect(schema.unit).toBeDefined();
    if (schema.unit === 'ms') expect(name).toMatch(/Ms$/);
    if (schema.unit === 's') expect(name).toMatch(/Seconds$/);
    if (schema.default !== undefined) expect(settingProblem(schema, schema.default)).toBeNull();
  });

  it.each(schemas)('%s has a flag, an environment variable and a file key', (name, schema) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const variable = `DELTASTREAM_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`;
    expect(options.find(({ long }) => long === flag)?.attributeName()).toBe(name);
    expect(options.some(({ long }) => long === `${flag}-file`)).toBe(SECRET_SETTINGS.has(name));
    const text = sampleOf(schema);
    const given = effectiveSettings({ [name]: text }, {});
    expect(given.origins.get(name)).toBe(`flag ${flag}`);
    const { settings, origins } = effectiveSettings({}, { [variable]: text });
    expect(origins.get(name)).toBe(`environment, ${variable}`);
    expect(settings).toEqual(given.settings);
  });
});

test('the parts find their own names in the settings of the platform', () => {
  const { settings } = effectiveSettings({ data: '/data' }, {});
  const said = (own: object) => ('data' in own ? { data: '/data' } : {});
  for (const part of FRAGMENTS) {
    expect(part.of(settings as never), part.title).toEqual({ ...part.defaults, ...said(part.own) });
  }
});

describe('production code', () => {
  const SOURCE = join(import.meta.dirname, '..');
  const files = globSync('**/*.ts', { cwd: SOURCE })
    .filter((file) => !/\.(test|fixture|contract)\.ts$|^testing\//.test(file))
    .map((file) => ({ file, text: readFileSync(join(SOURCE, file), 'utf8') }));
  const users = files.filter(({ file }) => !/settings\.ts$|^settings\//.test(file));

  it('gives each part what the settings of the platform say', () => {
    const declared = files.flatMap(({ text }) => [
      ...text.matchAll(/export const (\w+) = settingsFragment\(\s*'([^']*)'/g),
    ]);
    expect(declared).toHaveLength(FRAGMENTS.length);
    const nameOf = new Map(declared.map(([, name, title]) => [title, name]));
    const words = new Set(users.flatMap(({ text }) => text.match(/\w+/g) ?? []));
    const unread = FRAGMENTS.filter(({ title, published }) => {
      const given = files.some(({ text }) => text.includes(`${nameOf.get(title)}.of(settings)`));
      return !given && !Object.keys(published).every((setting) => words.has(setting));
    });
    expect(unread.map(({ title }) => title)).toEqual([]);
  });

  it('repeats no default of a setting', () => {
    const defaults = new Map<string, Set<number>>();
    for (const { defaults: values } of FRAGMENTS) {
      for (const [name, value] of Object.entries<unknown>(values)) {
        if (typeof value === 'number') defaults.set(name, (defaults.get(name) ?? new Set()).add(value));
      }
    }
    const repeated = users.flatMap(({ file, text }) =>
      [...text.matchAll(/\b([a-z]\w*) ?(?:=|:|\?\?) ?([1-9][\d_]*)\b/g)]
        .filter(([, name, value]) => defaults.get(name)?.has(Number(value.replaceAll('_', ''))))
        .map(([found]) => `${file}: ${found}`),
    );
    expect(repeated).toEqual([]);
  });
});

test('--help leaves out the limits that --help-all lists', () => {
  const help = createProgram().helpInformation();
  const listed = schemas
    .map(([name]) => name)
    .filter((name) => options.some((o) => o.attributeName() === name));
  const limits = FRAGMENTS.flatMap((part) => [...part.limits]);
  const flagOf = (name: string) => options.find((option) => option.attributeName() === name)?.long;
  expect(listed.filter((name) => !help.includes(` ${flagOf(name)} `)).toSorted()).toEqual(limits.toSorted());
});

test('a former name gives its value to the settings of today, says so, and is refused beside one of them', () => {
  const { settings, origins, deprecated } = effectiveSettings(
    {},
    { DELTASTREAM_POSTGRES_RETENTION_DAYS: '90', DELTASTREAM_STORE: 'postgres://db/market' },
  );
  expect(settings).toMatchObject({ keepSnapshots: 90, keepSummaries: 90, keepMinutes: 0 });
  expect(origins.get('keepSnapshots')).toContain('DELTASTREAM_POSTGRES_RETENTION_DAYS');
  expect(deprecated).toEqual([
    expect.stringMatching(
      /^--postgres-retention-days is a former name: use --keep-snapshots and --keep-summaries/,
    ),
  ]);
  const store = 'postgresql://db/market';
  expect(() => effectiveSettings({ postgresRetentionDays: '90', keepSummaries: '400', store }, {})).toThrow(
    /--postgres-retention-days is a former name .*--keep-summaries is given, too: leave it out \(from flag/,
  );
  expect(effectiveSettings({ keepSnapshots: '7' }, {}).deprecated).toEqual([]);
});

test.each(['sqlite:', 'mongodb://db/market'])(
  'a former name says nothing where it never did: %s',
  (store) => {
    const { settings, deprecated } = effectiveSettings({ store, postgresRetentionDays: '90' }, {});
    expect(settings).toMatchObject({ keepSnapshots: 0, keepSummaries: 0 });
    expect(deprecated).toEqual([expect.stringMatching(/has no effect with this --store \(from flag/)]);
    const given = { store, postgresRetentionDays: '90', keepSnapshots: '7' };
    expect(effectiveSettings(given, {}).settings.keepSnapshots).toBe(7);
  },
);

test('an OpenAlgo is followed by its place alone', () => {
  const { settings } = effectiveSettings({ source: 'deribit,openalgo://nas.lan', products: 'BTC,NIFTY' }, {});
  expect(feedConfig(settings, 'recorded', '0.0.0').source).toMatchObject({
    ...{ kind: 'live', openalgoUrl: 'http://nas.lan:5000' },
    products: new Map([
      ['deribit', ['BTC', 'BTC.DVOL']],
      ['openalgo', ['NIFTY']],
    ]),
  });
  expect(() => effectiveSettings({ source: 'openalgo://me:secret@nas.lan' }, {})).toThrow(/--source/);
});

test('raw messages are kept of venues alone', () => {
  const given = { record: 'sessions/', keepRaw: true };
  const { settings } = effectiveSettings({ source: 'synthetic', ...given }, {});
  expect(() => feedConfig(settings, 'synthetic', '0.0.0')).toThrow(/--keep-raw keeps what live venues send/);
  const live = effectiveSettings({ source: 'deribit', ...given }, {});
  expect(feedConfig(live.settings, 'recorded', '0.0.0').record).toMatchObject({ keepRaw: true });
});

test('docs/settings.md is what node .ci/write-settings.ts writes', () => {
  const page = readFileSync(new URL('../../../../docs/settings.md', import.meta.url), 'utf8');
  expect(page.split('<!-- settings -->\n')[1]).toBe(settingsTables());
});
