import { IngestRequest, type IngestResponse, LINE_KINDS, schemaCheck } from '@deltastream/contracts';
import { isLoopback } from '../../../kit/access/addresses.ts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { itemLines } from '../../../kit/ingest/lines.ts';
import type { SharedIntake } from '../../../kit/ingest/shared-intake.ts';
import { type Identity, mayDo } from '../../../kit/tokens/token.ts';
import { refused } from './client-session.ts';

const requestCheck = schemaCheck(IngestRequest);
const EXPECTED = `expected {kind: ${LINE_KINDS.map((kind) => `"${kind}"`).join('|')}, lines: [...], source?, traceparent?}`;
const DEFAULT_SOURCE = 'socket';

interface Sender {
  readonly identity: Identity | null;
  readonly address: string;
}

/**
 * Takes what a client sends as quotes of a feed: of a token only where its account may send them, without one only of
 * this machine. Never rejects: what is wrong is in the response.
 *
 * @param intake without it nothing is taken here
 */
export async function ingestOf(
  request: unknown,
  { identity, address }: Sender,
  intake: SharedIntake | undefined,
): Promise<IngestResponse> {
  if (identity === null && !isLoopback(address)) {
    return refused('unauthenticated', 'sending quotes from another machine needs a token');
  }
  if (identity !== null && !mayDo(identity, 'trader', 'ingest')) {
    return refused('forbidden', 'sending quotes needs the role trader, and of an API key the scope ingest');
  }
  if (intake === undefined) return refused('unavailable', 'quotes are not taken here');
  if (!requestCheck.accepts(request)) return refused('invalid_request', EXPECTED);
  const { kind, lines, source = DEFAULT_SOURCE } = request;
  try {
    return { ok: true, ...(await intake.admit(() => intake.take(kind, itemLines(lines), source))) };
  } catch (error) {
    if (error instanceof DeltaStreamError) return refused(error.code, error.message);
    return refused('internal', reasonOf(error));
  }
}
