import type { RequestOf, ResponseOf, Routes } from '@deltastream/client';

export type RuleView = ResponseOf<Routes['listAlertRules']>['rules'][number];
export type Rule = RuleView['rule'];
export type RuleDraft = RequestOf<Routes['createAlertRule']>['rule'];
export type Standing = ResponseOf<Routes['getAlertRuleValues']>['standings'][number];
export type Firing = ResponseOf<Routes['listAlertFirings']>['firings'][number];
export type Delivery = ResponseOf<Routes['listAlertDeliveries']>['deliveries'][number];
export type Channel = ResponseOf<Routes['listAlertChannels']>['channels'][number];
export type ChannelTarget = RequestOf<Routes['createAlertChannel']>['target'];
/** Whose: those of the reader, or those of the platform, which its administrators share. */
export type Owner = RuleView['owner'];
