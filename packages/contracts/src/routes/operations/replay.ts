import Type, { type Static } from 'typebox';
import { ProductSymbol } from '../../market/chain.ts';
import { MAX_REPLAYED_PRODUCTS, ReplaySpeed, ReplayState } from '../../platform/replay.ts';
import { adminRoute, routesOf } from '../route.ts';

const replayReading = routesOf({ access: { scope: 'market:read' }, failures: [] });

export const getReplay = replayReading('GET', '/api/replay', {
  summary: 'How the replay stands',
  description:
    'The same is sent to every socket as `replay_state`, at each change and each second while it plays. Which recording is ' +
    'played, and what went wrong with it, is told to those who may control the replay.',
  response: ReplayState,
});

export const ReplayOrder = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'First instant of a stored range, or of the recording; needed for a stored range',
      }),
    ),
    to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive; needed likewise' })),
    products: Type.Optional(
      Type.Array(ProductSymbol, {
        minItems: 1,
        maxItems: MAX_REPLAYED_PRODUCTS,
        description: 'Only these; all that are stored, or recorded, without',
      }),
    ),
    recording: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9 ._:&(),+~-]{0,199}$',
        description: 'A file in the folder "imports" of the data folder, instead of what is stored',
      }),
    ),
    speed: Type.Optional(ReplaySpeed),
    paused: Type.Optional(Type.Boolean({ description: 'Show the first instant and wait; false without' })),
    loop: Type.Optional(Type.Boolean({ description: 'Begin again at the end; false without' })),
    shift: Type.Optional(
      Type.Boolean({
        description:
          'Send times as if the first instant were now; original times without. Figures are those of the original times.',
      }),
    ),
    then_live: Type.Optional(
      Type.Boolean({ description: 'Show the live market at the end; false without: the last picture stays' }),
    ),
  },
  { additionalProperties: false },
);
export type ReplayOrder = Static<typeof ReplayOrder>;

export const startReplay = adminRoute('POST', '/api/replay', {
  summary: 'Play a stored range or a recording again to every subscriber (administrators)',
  description:
    'Rooms of its products show the replay in the place of the live market, which is stored meanwhile as ever. A replay ' +
    'stores nothing. One that is under way is replaced.',
  body: ReplayOrder.properties,
  response: ReplayState,
  status: 201,
  failures: ['not_found', 'no_data', 'unreadable_source', 'unavailable'],
});

export const REPLAY_ACTIONS = ['pause', 'resume', 'seek', 'step', 'speed', 'stop'] as const;

export const ReplayCommand = Type.Object(
  {
    action: Type.Enum([...REPLAY_ACTIONS]),
    at: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Of `seek`: the recorded instant to go to, back or forth',
      }),
    ),
    instants: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000, // A day of a chain every ten seconds; farther is a seek.
        description: 'Of `step`: how many instants to show before it waits again; 1 without',
      }),
    ),
    speed: Type.Optional(ReplaySpeed),
  },
  { additionalProperties: false },
);
export type ReplayCommand = Static<typeof ReplayCommand>;

export const controlReplay = adminRoute('POST', '/api/replay/control', {
  summary: 'Pause, resume, seek, step, change the speed of, or stop the replay (administrators)',
  description:
    '`seek` shows what held at that instant and goes on as before; it needs `at`. `step` pauses. `speed` needs `speed`. ' +
    '`stop` gives its rooms back to the live market.',
  body: ReplayCommand.properties,
  response: ReplayState,
  failures: ['not_found', 'unavailable'],
});
