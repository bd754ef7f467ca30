import Type, { type Static } from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { accountRoute } from './account.ts';
import { Done } from './auth.ts';

/** A preference is one choice of a few: far more of them than there are fit. */
const MAX_PREFERENCES_BYTES = 16 * 1024;
/** Bytes of a layout as JSON without spaces: a workspace of dozens of panels with their settings. */
export const MAX_LAYOUT_BYTES = 64 * 1024;
/** A request may have spaces between its values as well. */
const MAX_LAYOUT_BODY_BYTES = 2 * MAX_LAYOUT_BYTES;

const Version = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Of the stored document; it rises with every change and is never given twice',
});

/** What a request says of the document that it changes, so that no change is lost unseen. */
const KnownVersion = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'The version that was read, 0 where there was none; refused when another is stored by now',
});

/** How the dashboard is read. What is missing is at its default; choices may be added. */
export const Preferences = Type.Object(
  {
    theme: Type.Optional(Type.Enum(['system', 'light', 'dark'])),
    grouping: Type.Optional(
      Type.Enum(['product', 'western', 'indian'], {
        description: "Of digits; `product`: by the product's currency, lakh and crore for rupees",
      }),
    ),
    time: Type.Optional(
      Type.Enum(['exchange', 'local'], {
        description: 'Times of the exchange, or of the machine of the reader',
      }),
    ),
    keys: Type.Optional(
      Type.Enum(['on', 'off'], {
        description:
          'Whether keys without Ctrl or Cmd do something; who speaks to the machine would set them off by accident',
      }),
    ),
    start: Type.Optional(
      Type.Enum(['ask', 'chosen'], { description: 'Whether the first visit asks what to watch' }),
    ),
    columns: Type.Optional(
      Type.String({
        maxLength: 1000,
        description: 'Columns of the option chain, by comma; empty for those that fit the screen',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Preferences = Static<typeof Preferences>;

const PreferencesView = Type.Object({
  version: Version,
  updated_at: nullable(IsoTime),
  document: Preferences,
});

export const getPreferences = accountRoute('GET', '/api/auth/preferences', {
  summary: 'How the reader wants the dashboard',
  description: 'Version 0 and an empty document where nothing was stored yet.',
  response: PreferencesView,
});

export const putPreferences = accountRoute('PUT', '/api/auth/preferences', {
  summary: 'Store how the reader wants the dashboard, in place of what is stored',
  body: { version: KnownVersion, document: Preferences },
  response: PreferencesView,
  failures: ['invalid_request', 'payload_too_large', 'version_conflict'],
  bodyLimit: MAX_PREFERENCES_BYTES,
});

/** In an address: nothing that separates its parts, that cannot be seen, or that is a space at an end. */
const LayoutName = Type.String({
  minLength: 1,
  maxLength: 60,
  pattern: '^(?!\\.{1,2}$)(?! )[^/\\\\\\u0000-\\u001f\\u007f]*[^/\\\\\\u0000-\\u0020\\u007f]$',
  description: 'Any characters but slashes and control characters; no space at an end',
  examples: ['Expiry day'],
});
const LayoutParams = Type.Object({ name: LayoutName });

const layoutHead = { name: Type.String(), version: Version, updated_at: IsoTime };
const LayoutHead = Type.Object(layoutHead);
const LayoutView = Type.Object({
  ...layoutHead,
  document: Type.Object(
    {},
    { additionalProperties: true, description: 'A workspace as the dashboard wrote it; any object' },
  ),
});

export const listLayouts = accountRoute('GET', '/api/auth/layouts', {
  summary: 'Named workspaces of the account, by name',
  response: Type.Object({ layouts: Type.Array(LayoutHead) }),
});

export const getLayout = accountRoute('GET', '/api/auth/layouts/:name', {
  summary: 'One workspace',
  params: LayoutParams,
  response: LayoutView,
  failures: ['invalid_request', 'not_found'],
});

export const putLayout = accountRoute('PUT', '/api/auth/layouts/:name', {
  summary: 'Store a workspace, in place of what is stored under this name',
  params: LayoutParams,
  body: { version: KnownVersion, document: LayoutView.properties.document },
  response: LayoutHead,
  failures: ['invalid_request', 'limit_reached', 'payload_too_large', 'version_conflict'],
  bodyLimit: MAX_LAYOUT_BODY_BYTES,
});

export const deleteLayout = accountRoute('DELETE', '/api/auth/layouts/:name', {
  summary: 'Remove a workspace',
  params: LayoutParams,
  query: {
    version: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'The version that was read; refused when another is stored by now',
    }),
  },
  response: Done,
  failures: ['invalid_request', 'not_found', 'version_conflict'],
});
