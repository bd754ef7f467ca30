import Type from 'typebox';
import { perSecond, settingsFragment } from '../settings-fragment.ts';

/** How often an address, and an account, may ask for something. */
export const requestRate = (value: number, what: string) =>
  perSecond(value, 'requests', `Requests of an address, and of an account, for ${what}; 0 for no limit`);

/** Who may connect, read and ask how often, whichever service serves it. */
export const ACCESS = settingsFragment('Access', {
  authRequired: Type.Optional(
    Type.Boolean({
      description:
        'Whether market data and sockets need a token, on whichever service; by default unless --host is this machine only',
    }),
  ),
  authUrl: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'Where the auth service is, for processes that check tokens without it; its own port on this machine by default',
    }),
  ),
  trustedProxies: Type.Array(Type.String(), {
    default: [],
    description:
      'Addresses or networks of proxies whose X-Forwarded-For is believed, by comma; this machine for a service without the gateway',
  }),
  corsOrigins: Type.Array(Type.String(), {
    default: [],
    description: 'Other origins that browsers may call from, by comma',
  }),
  allowedHosts: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description:
      'Host names, beside its address and localhost, by which open data may be asked for, by comma',
  }),
  readRate: requestRate(500, 'market data'),
});
