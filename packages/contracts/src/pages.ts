/** Addresses of the dashboard's pages: the gateway serves it at each, and nothing at any other. */
export const PAGE_PATHS = [
  '/',
  '/chain',
  '/open-interest',
  '/exposure',
  '/volatility',
  '/charts',
  '/alerts',
  '/workspace',
  '/start',
  '/account',
  '/admin',
  '/logs',
  '/login',
] as const;

export type PagePath = (typeof PAGE_PATHS)[number];

/** Pages that show one thing each, whose name is what follows: `/logs/traces/0af7...`. */
export const PAGE_FAMILIES = ['/logs/traces/'] as const;

/** Whether the dashboard is served at this path. */
export const isPagePath = (path: string): boolean =>
  PAGE_PATHS.some((page) => page === path) || PAGE_FAMILIES.some((family) => isOfFamily(path, family));

/** A family itself has no page, and a name has no further parts. */
const isOfFamily = (path: string, family: string): boolean =>
  path.startsWith(family) && path.length > family.length && !path.slice(family.length).includes('/');
