import type { ALERT_OWNERS, AlertFiringView } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { type PageQuery, readPage } from '../../../kit/responses/page.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { type Caller, ownerNamed } from '../owners.ts';
import { requireStorable } from '../storable-text.ts';
import { toFiringView } from './views.ts';

export interface FiringsQuery extends Pick<PageQuery, 'from' | 'to' | 'limit' | 'cursor'> {
  readonly owner?: (typeof ALERT_OWNERS)[number];
  readonly rule_id?: string;
  readonly product?: string;
}

const DEFAULT_PAGE = 100;

/** What fired, newest first. */
export async function listFirings(
  store: Pick<AlertStore, 'firings'>,
  caller: Caller,
  { owner, rule_id, product, from, to, limit = DEFAULT_PAGE, cursor }: FiringsQuery,
): Promise<{ firings: AlertFiringView[]; next_cursor: string | null }> {
  requireStorable('rule_id', rule_id);
  const { fromMs, toMs } = readPage({ from, to });
  const found = await store.firings({
    ...{ owner: ownerNamed(caller, owner), ruleId: rule_id, product, fromMs, toMs },
    before: cursor === undefined ? undefined : readCursor(cursor),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  return {
    firings: page.map(toFiringView),
    next_cursor: found.length > limit ? cursorBefore(page[page.length - 1].seq) : null,
  };
}

/** Opaque to callers. */
const cursorBefore = (seq: number): string => Buffer.from(String(seq)).toString('base64url');

function readCursor(cursor: string): number {
  const seq = Number(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (Number.isSafeInteger(seq) && seq > 0 && cursorBefore(seq) === cursor) return seq;
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
}
