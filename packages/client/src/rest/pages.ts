import { ApiError } from './api-error.ts';

/** One page as the server returns it. */
interface Page {
  readonly next_cursor: string | null;
}

type Fetch = (request: Record<string, unknown>) => Promise<unknown>;

/**
 * Every item of a paged list, in the order of the server. A page is fetched when its first item is asked for, so
 * leaving the loop early asks for no more than was used, and one page is all that is held.
 */
export async function* itemsOf(
  fetchPage: Fetch,
  list: string,
  request: Record<string, unknown>,
): AsyncGenerator<unknown, void, undefined> {
  let cursor = request.cursor;
  while (true) {
    const page = (await fetchPage({ ...request, cursor })) as Page & Record<string, unknown[]>;
    yield* page[list];
    const next = page.next_cursor;
    if (next === null) return;
    if (next === cursor) throw standsStill(next);
    cursor = next;
  }
}

const standsStill = (cursor: string): ApiError =>
  new ApiError({
    status: 0,
    code: 'internal',
    detail: `the server answered the cursor ${cursor} with itself`,
    remedy: 'Report this to the operator.',
    request_id: '',
  });
