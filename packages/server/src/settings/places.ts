import Type from 'typebox';
import { createPathMask, type PathMask } from '../kit/responses/path-mask.ts';
import { settingsFragment, type ValuesOf } from '../kit/settings-fragment.ts';
import { replayPath, type SOURCE, sourceKind } from '../services/feed/source-settings.ts';

const STORE_URL = '^(sqlite:|postgres(ql)?://.+|mongodb(\\+srv)?://.+)$';
const KEPT_IN = 'sqlite: (the data folder), postgres://HOST/DATABASE or mongodb://HOST/DATABASE';

/** `memory:` for this process alone, or a Redis that processes share. */
const shared = (what: string) =>
  Type.String({
    default: 'memory:',
    pattern: '^(memory:|rediss?://.+)$',
    description: `${what}: memory: or redis://[user:password@]host:port[/db]`,
    secret: true,
  });

/** Where data is kept and passes; the schemes choose the adapters. */
export const PLACES = settingsFragment('Places', {
  data: Type.String({ default: './data', description: 'Data folder' }),
  bus: shared('Streams between services'),
  queue: shared('Jobs'),
  cache: shared('Latest chains'),
  store: Type.String({
    default: 'sqlite:',
    pattern: STORE_URL,
    description: `Where market data is kept: ${KEPT_IN}`,
    secret: true,
  }),
  storeReadUrl: Type.Optional(
    Type.String({
      pattern: '^(postgres(ql)?|mongodb(\\+srv)?)://.+$',
      description: 'The same place with credentials that may only read; as --store by default',
      secret: true,
    }),
  ),
  users: Type.String({
    default: 'sqlite:',
    pattern: STORE_URL,
    description: `Where accounts are kept: ${KEPT_IN}`,
    secret: true,
  }),
  logStore: Type.String({
    default: 'sqlite:',
    pattern: '^(sqlite:|postgres(ql)?://.+)$',
    description:
      'Where an earlier release kept log entries, which are taken over once: sqlite: (the data folder), or postgres://HOST/DATABASE',
    secret: true,
  }),
  dataset: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description: 'Folder of market data inside the data folder; "synthetic" or "recorded", by the source',
    }),
  ),
});

/** True when services of other processes can be reached through it. */
export const isShared = (url: string): boolean => url !== 'memory:';

type PlacesAndSource = ValuesOf<typeof PLACES.own & typeof SOURCE.own>;

/** What the data is called that these settings keep and read. Generated and recorded data never share a name. */
export const datasetOf = (settings: Pick<PlacesAndSource, 'dataset' | 'source'>): string =>
  settings.dataset ?? (sourceKind(settings) === 'synthetic' ? 'synthetic' : 'recorded');

/** What clients are shown instead of the paths that the settings name. */
export const pathMaskOf = (settings: Pick<PlacesAndSource, 'data' | 'source'>): PathMask =>
  createPathMask({
    ...(sourceKind(settings) === 'replay' && { [replayPath(settings)]: 'the recording' }),
    [settings.data]: 'the data folder',
  });
