import type { PagePath } from '@deltastream/client';
import {
  Activity,
  BellRing,
  CandlestickChart,
  ChartColumn,
  Gauge,
  LayoutDashboard,
  type LucideIcon,
  Rocket,
  Rows3,
  ScrollText,
  ShieldCheck,
  TrendingUp,
  UserRound,
} from 'lucide-react';
import type { Needs, PanelName } from './panels.ts';

export interface Page {
  readonly path: PagePath;
  readonly title: string;
  readonly icon: LucideIcon;
  /** The key that leads here after `g`. */
  readonly key: string;
  readonly panels: readonly PanelName[];
  /** Its panels are those that the reader chose. */
  readonly arranged?: true;
  /** It shows nothing of the market, so that it does not wait for data. */
  readonly apart?: true;
  /** Who may see any of it, by the routes that it asks; it is not offered to others. */
  readonly needs?: Needs;
}

/** What can be watched, and how; shown by itself while there is nothing, and on the first visit. */
export const START_PAGE: Page = {
  path: '/start',
  title: 'Start',
  icon: Rocket,
  key: 's',
  panels: ['start'],
  apart: true,
};

/** The page of the reader's own; the top bar leads there. */
const ACCOUNT_PAGE: Page = {
  path: '/account',
  title: 'Account',
  icon: UserRound,
  key: 'u',
  panels: ['preferences', 'password', 'second-factor', 'sessions', 'api-keys'],
  apart: true,
};

/** The pages of the rail, in its order. */
export const PAGES: readonly Page[] = [
  {
    path: '/',
    title: 'Overview',
    icon: Gauge,
    key: 'o',
    panels: ['figures', 'product-figures', 'oi-profile', 'pcr-history', 'exposure-profile', 'by-expiry'],
  },
  { path: '/chain', title: 'Chain', icon: Rows3, key: 'c', panels: ['figures', 'chain'] },
  {
    path: '/open-interest',
    title: 'Open interest',
    icon: ChartColumn,
    key: 'i',
    panels: ['oi-profile', 'oi-heat-map', 'pcr-history', 'pain-curve', 'strike-history', 'by-expiry'],
  },
  {
    path: '/exposure',
    title: 'Exposure',
    icon: Activity,
    key: 'e',
    panels: ['exposure', 'exposure-profile', 'exposure-history'],
  },
  {
    path: '/volatility',
    title: 'Volatility',
    icon: TrendingUp,
    key: 'v',
    panels: [
      'smile',
      'term-structure',
      'iv-rank',
      'skew',
      'skew-history',
      'realised-volatility',
      'volatility-forecast',
      'surface',
    ],
  },
  { path: '/charts', title: 'Charts', icon: CandlestickChart, key: 'h', panels: ['price-chart', 'premium'] },
  {
    path: '/alerts',
    title: 'Alerts',
    icon: BellRing,
    key: 't',
    panels: ['alert-rules', 'alert-firings', 'alert-channels', 'alert-deliveries'],
    apart: true,
  },
  { path: '/workspace', title: 'Workspace', icon: LayoutDashboard, key: 'w', panels: [], arranged: true },
  {
    path: '/admin',
    title: 'Admin',
    icon: ShieldCheck,
    key: 'a',
    panels: [
      'services',
      'workers',
      'sockets',
      'streams',
      'users',
      'dead-letters',
      'imports',
      'exports',
      'recomputes',
      'audit',
    ],
    apart: true,
  },
  {
    path: '/logs',
    title: 'Logs',
    icon: ScrollText,
    key: 'l',
    panels: ['log-search', 'log-histogram', 'log-lines', 'log-counts'],
    apart: true,
    needs: 'admin',
  },
];

/** Every page. */
export const ALL_PAGES: readonly Page[] = [...PAGES, ACCOUNT_PAGE, START_PAGE];
