import { type Access, ERRORS, type Route } from '@deltastream/contracts';
import { isOpenWithoutTokens } from '../../../kit/access/access.ts';
import type { Operation } from './document.ts';

/** What an operation's description says beyond its contract: paging, tables, and who may use it. */
export function describe({ summary, description }: Operation, route: Route | undefined): string {
  const parts = [description ?? `${summary}.`];
  const paged = route !== undefined && 'next_cursor' in responseFields(route);
  if (paged) {
    parts.push(
      'Returns a page of at most `limit` items. `next_cursor` names the next one: repeat the request with it as ' +
        '`cursor` until it is null. Pages join without gap or repetition while data arrives.',
    );
  }
  if (route?.table) {
    parts.push(
      `With \`Accept: text/csv\` it returns a table (RFC 4180) with a header row and an empty cell for null${
        paged ? '; the next page is in the `Link` header' : ''
      }. A client that accepts neither that nor JSON gets ${ERRORS.not_acceptable.status}.`,
    );
  }
  if (route) parts.push(audience(route.access));
  return parts.join('\n\n');
}

function audience(access: Access): string {
  if (access === 'public') return 'Open to everybody; no token is looked at.';
  if (access === 'user') return 'For the person of an access token; an API key cannot do this.';
  const { scope, role } = access;
  if (role && isOpenWithoutTokens(access)) {
    return `Open to callers on its own machine where the platform does not require tokens, else for accounts of the role \`${role}\`; an API key needs the scope \`${scope}\`.`;
  }
  if (role) return `For accounts of the role \`${role}\`; an API key needs the scope \`${scope}\`.`;
  return `Open where the platform does not require tokens, else for any account; an API key needs the scope \`${scope}\`.`;
}

function responseFields({ schema: { response } }: Route): object {
  const success = response[200];
  return success && 'properties' in success ? (success.properties as object) : {};
}
