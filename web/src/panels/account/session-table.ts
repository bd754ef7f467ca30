import type { ResponseOf, Routes } from '@deltastream/client';
import type { Format } from '../../format/format.ts';
import type { Table } from '../../panel/table/figure-table.tsx';
import { deviceName } from './device-name.ts';

type Session = ResponseOf<Routes['listSessions']>['sessions'][number];

/** Where an account is logged in: a row of each session, by the name of its device. */
export const sessionTable = (
  caption: string,
  sessions: readonly Session[],
  format: Pick<Format, 'instant'>,
): Table => ({
  caption,
  columns: [
    { title: 'Device', short: deviceName },
    ...['Network', 'Started', 'Last used', 'Ends', 'Current'].map((title) => ({ title })),
  ],
  rows: sessions.map((each) => [
    each.device,
    each.network,
    format.instant(each.created_at),
    format.instant(each.last_used_at),
    format.instant(each.expires_at),
    each.current ? 'yes' : 'no',
  ]),
  keys: sessions.map(({ id }) => id),
});
