/** Addresses of the dashboard's pages: the gateway serves it at each, and nothing at any other. */
export const PAGE_PATHS = [
  '/',
  '/chain',
  '/open-interest',
  '/exposure',
  '/volatility',
  '/charts',
  '/workspace',
  '/start',
  '/account',
  '/admin',
  '/login',
] as const;

export type PagePath = (typeof PAGE_PATHS)[number];
