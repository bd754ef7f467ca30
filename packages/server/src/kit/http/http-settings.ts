import Type from 'typebox';
import { bytes, count, ms, settingsFragment } from '../settings-fragment.ts';

const clientTime = (value: number, description: string) => ms(value, description, 10, 600_000);

/** Bounds for clients of the HTTP servers, the gateway's and those of services alone. */
export const HTTP = settingsFragment(
  'HTTP clients',
  {
    accessLog: Type.Enum(['debug', 'info'], {
      default: 'debug',
      description: 'Level of the line that is logged for each request',
    }),
    headersTimeoutMs: clientTime(5_000, 'Longest time in which a client sends the headers of a request'),
    requestTimeoutMs: clientTime(10_000, 'Longest time in which a client sends a complete request'),
    keepAliveTimeoutMs: clientTime(30_000, 'Longest time a connection may be idle'),
    maxConnectionsPerAddress: count(
      1_024,
      'connections',
      'Connections of one address; this machine and trusted proxies are not counted',
    ),
    maxPipelinedRequests: count(
      32,
      'requests',
      'Requests a connection may send ahead of the one that is answered; it is closed beyond',
      1,
      10_000,
    ),
    answerTimeoutMs: clientTime(30_000, 'Longest time a client may leave a response unread'),
    maxUnreadBytes: bytes(
      134_217_728,
      'Bytes of responses that wait for slow readers; beyond it the slowest are closed',
      1_048_576,
    ),
  },
  'http',
  {
    bodyLimitBytes: bytes(65_536, 'Largest request body where a route does not say less'),
    closeGraceMs: ms(500, 'How long a server that closes still responds', 0),
    closeTimeoutMs: ms(5_000, 'Longest time a close waits for requests under way'),
  },
);
