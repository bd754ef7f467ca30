import { stdout } from 'node:process';
import { openPort } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus } from '../../ports/bus.ts';
import {
  createDeadLetterDesk,
  type DeadLetterDesk,
  type DeadLetterQuery,
} from '../../services/operations/bus/dead-letter-desk.ts';
import type { Settings } from '../../settings/compose.ts';
import { isShared } from '../../settings/places.ts';
import { noted } from './note-command.ts';

const REASON_SHOWN = 80; // Characters beside which the other columns fit a terminal.

/** Prints dead letters as a table, newest first. */
export const listDeadLetters = (settings: Settings, query: DeadLetterQuery): Promise<void> =>
  withDesk(settings, async (desk) => {
    const letters = await desk.list(query);
    for (const { id, group, tries, timestamp, bytes, reason } of letters) {
      const [line] = reason.split('\n', 1);
      const shown = line.length > REASON_SHOWN ? `${line.slice(0, REASON_SHOWN)}...` : line;
      stdout.write(`${timestamp}  ${id}  ${group ?? '-'}  ${tries} tries  ${bytes} bytes  ${shown}\n`);
    }
    stdout.write(`${letters.length} dead letters\n`);
  });

/** Prints one with its content, as JSON. */
export const showDeadLetter = (settings: Settings, id: string): Promise<void> =>
  withDesk(settings, async (desk) => {
    const letter = (await desk.show(id)) ?? missing(id);
    stdout.write(`${JSON.stringify(letter, null, 2)}\n`);
  });

/** Replays or discards the letters named, or with `all` every one of the query; says what it did. */
export const settleDeadLetters = (
  settings: Settings,
  action: 'replay' | 'discard',
  ids: readonly string[],
  all: DeadLetterQuery | null,
): Promise<void> =>
  withDesk(settings, async (desk, bus) => {
    const chosen = all ? (await desk.list(all)).map(({ id }) => id).reverse() : ids;
    for (const id of chosen) {
      await noted(bus, `dlq ${action}`, { id }, async () => {
        if (!(await desk[action](id))) missing(id);
      });
      stdout.write(`${action === 'replay' ? 'replayed' : 'discarded'} ${id}\n`);
    }
  });

/** Dead letters in the memory of another process are out of reach here. */
async function withDesk(
  settings: Settings,
  work: (desk: DeadLetterDesk, bus: Bus | undefined) => Promise<void>,
): Promise<void> {
  const bus = isShared(settings.bus) ? await openPort('bus', settings) : undefined;
  const queue = isShared(settings.queue) ? await openPort('queue', settings) : undefined;
  if (!bus && !queue) {
    throw new DeltaStreamError(
      'invalid_setting',
      'neither --bus nor --queue is shared: ask the running platform, GET /api/admin/dlq',
    );
  }
  try {
    await work(createDeadLetterDesk({ bus, queue }), bus);
  } finally {
    await Promise.all([bus?.close(), queue?.close()]);
  }
}

function missing(id: string): never {
  throw new DeltaStreamError('not_found', `there is no dead letter ${id}`);
}
