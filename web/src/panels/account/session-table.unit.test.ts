import { expect, it } from 'vitest';
import { createFormat } from '../../format/format.ts';
import { sessionTable } from './session-table.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

it('has a row of each session, by the name of its device, and all that it called itself', () => {
  const session = {
    id: 'a',
    current: false,
    created_at: '2026-11-27T03:45:00.000Z',
    last_used_at: '2026-11-27T04:00:00.000Z',
    expires_at: '2026-12-27T04:00:00.000Z',
    device: CHROME,
    network: '192.0.2.7',
  };
  const format = createFormat('western', 'UTC');
  const table = sessionTable('Sessions', [session, { ...session, id: 'b', current: true }], format);
  expect(table.columns[0].short?.(CHROME)).toBe('Chrome 141 on Linux');
  const times = [session.created_at, session.last_used_at, session.expires_at].map((iso) =>
    format.instant(iso),
  );
  expect(table.rows).toEqual([
    [CHROME, '192.0.2.7', ...times, 'no'],
    [CHROME, '192.0.2.7', ...times, 'yes'],
  ]);
  expect(table.keys).toEqual(['a', 'b']);
});
