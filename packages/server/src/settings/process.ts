import Type from 'typebox';
import { SERVICE_NAMES } from '../kit/lifecycle/service.ts';
import { ms, settingsFragment } from '../kit/settings-fragment.ts';

/** Settings of a process of the platform, whichever services it runs. */
export const PROCESS = settingsFragment('Process', {
  host: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
  port: Type.Optional(
    Type.Integer({
      unit: 'port',
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the gateway (8000), or of the one service that runs; 0 takes a free one',
    }),
  ),
  compatiblePorts: Type.Boolean({
    default: false,
    description:
      'Beside the gateway auth, sockets, storage, analytics and logging listen on ports of their own, too, and know the addresses of the tutorial (docs/from-the-tutorial.md)',
  }),
  only: Type.Optional(
    Type.Array(Type.Enum([...SERVICE_NAMES]), {
      minItems: 1,
      description: 'Services to run, by comma; all by default',
    }),
  ),
  reference: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'JSON file of calendars, hours, products, lots and expiry schedules that go over the shipped ones',
    }),
  ),
  calendarNoticeDays: Type.Integer({
    unit: 'days',
    default: 30,
    minimum: 0,
    maximum: 366,
    description: 'How long before a calendar ends the log warns of it, at the start and daily',
  }),
  logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'Least level that is kept by the logging service',
  }),
  stopTimeoutMs: ms(8_000, 'Longest time a stop may take', 100),
});
