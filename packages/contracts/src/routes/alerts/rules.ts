import Type, { type Static } from 'typebox';
import { CHANNEL_KINDS, ChannelName } from '../../alerts/alert-channel.ts';
import { AlertRuleDefinition, AlertRuleDraft, AlertRuleView } from '../../alerts/alert-rule.ts';
import { IsoTime } from '../../market/views.ts';
import { NextCursor } from '../route.ts';
import {
  AlertId,
  AlertParams,
  alertChangeRoute,
  alertReadRoute,
  KnownAlertVersion,
  ownerField,
} from './alert-route.ts';

/** Rules of one file: as many as an account may have by default, and of a size that one request may have. */
export const MAX_IMPORTED_RULES = 200;
/** Such a file with long conditions and all products named. */
const MAX_IMPORT_BYTES = 1_048_576;

export const listAlertRules = alertReadRoute('GET', '/api/alerts/rules', {
  summary: 'Rules of alerts, by name',
  query: {
    ...ownerField,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Rules of a page' }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 1_000, description: '`next_cursor` of the response before' }),
    ),
  },
  response: Type.Object({ rules: Type.Array(AlertRuleView), next_cursor: NextCursor }),
});

export const createAlertRule = alertChangeRoute('POST', '/api/alerts/rules', {
  summary: 'Add a rule',
  description:
    'Its condition is checked as by `POST /api/alerts/conditions/check`. Rules about the platform and the log are for ' +
    'administrators.',
  body: { rule: AlertRuleDraft, ...ownerField },
  response: AlertRuleView,
  status: 201,
  failures: ['invalid_condition', 'limit_reached'],
});

export const getAlertRule = alertReadRoute('GET', '/api/alerts/rules/:id', {
  summary: 'A rule, and how it stands',
  params: AlertParams,
  response: AlertRuleView,
  failures: ['not_found'],
});

export const putAlertRule = alertChangeRoute('PUT', '/api/alerts/rules/:id', {
  summary: 'Replace a rule; it begins anew',
  description:
    'What it remembers of the market is forgotten. One that is `once` and has fired may fire again.',
  params: AlertParams,
  body: { version: KnownAlertVersion, rule: AlertRuleDraft },
  response: AlertRuleView,
  failures: ['invalid_condition', 'not_found', 'version_conflict'],
});

export const deleteAlertRule = alertChangeRoute('DELETE', '/api/alerts/rules/:id', {
  summary: 'Remove a rule; what it fired stays listed',
  params: AlertParams,
  response: Type.Object({ id: Type.String() }),
  failures: ['not_found'],
});

export const enableAlertRule = alertChangeRoute('POST', '/api/alerts/rules/:id/enable', {
  summary: 'Enable or disable a rule; it begins anew',
  params: AlertParams,
  body: { enabled: Type.Boolean() },
  response: AlertRuleView,
  failures: ['invalid_condition', 'not_found'],
});

export const muteAlertRule = alertChangeRoute('POST', '/api/alerts/rules/:id/mute', {
  summary: 'Deliver nothing of a rule until then; null: deliver again',
  description: 'It goes on as before: what it remembers of the market stays.',
  params: AlertParams,
  body: { until: Type.Union([IsoTime, Type.Null()]) },
  response: AlertRuleView,
  failures: ['not_found'],
});

export const duplicateAlertRule = alertChangeRoute('POST', '/api/alerts/rules/:id/duplicate', {
  summary: 'Copy a rule; the copy is disabled until it was looked at',
  params: AlertParams,
  response: AlertRuleView,
  status: 201,
  failures: ['not_found', 'limit_reached'],
});

/** Which channel an id of the rules meant where they were exported. */
const NamedChannel = Type.Object(
  { id: AlertId, kind: Type.Enum([...CHANNEL_KINDS]), name: ChannelName },
  { additionalProperties: false },
);
const FORMAT = { format: Type.Literal('deltastream-alerts'), format_version: Type.Literal(1) } as const;

const channels = Type.Array(NamedChannel, {
  maxItems: MAX_IMPORTED_RULES,
  description: 'Kinds and names of the channels that the rules name; never their targets',
});

export const AlertRulesFile = Type.Object({
  ...FORMAT,
  exported_at: IsoTime,
  channels,
  rules: Type.Array(AlertRuleDefinition),
});
export type AlertRulesFile = Static<typeof AlertRulesFile>;

export const exportAlertRules = alertReadRoute('GET', '/api/alerts/rules/export', {
  summary: 'All rules as one document, which can be imported here and elsewhere',
  query: ownerField,
  response: AlertRulesFile,
});

export const importAlertRules = alertChangeRoute('POST', '/api/alerts/rules/import', {
  summary: 'Add the rules of an export: all of them or none',
  description:
    'A channel is found by its id, else by its kind and name. A rule keeps those that are found, and `missing_channels` ' +
    'names the others.',
  body: {
    ...FORMAT,
    exported_at: Type.Optional(IsoTime),
    channels: Type.Optional(channels),
    rules: Type.Array(AlertRuleDraft, { minItems: 1, maxItems: MAX_IMPORTED_RULES }),
    ...ownerField,
    dry_run: Type.Optional(Type.Boolean({ default: false, description: 'Check all of it and add nothing' })),
  },
  response: Type.Object({
    imported: Type.Integer({ minimum: 0, description: 'Rules that were added, or would have been' }),
    dry_run: Type.Boolean(),
    rules: Type.Array(AlertRuleView, { description: 'As they are stored; empty after a dry run' }),
    missing_channels: Type.Array(
      Type.Object({
        rule: Type.String({ description: 'Its name' }),
        channel: Type.String({ description: 'Its name, or its id where the file does not name it' }),
      }),
    ),
  }),
  failures: ['invalid_condition', 'limit_reached', 'payload_too_large'],
  bodyLimit: MAX_IMPORT_BYTES,
});
