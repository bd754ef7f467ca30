import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  ALERTS,
  type Alert,
  isoTime,
  type LogAlertRule,
  type LogAlertView,
  type LogEvent,
} from '@deltastream/contracts';
import type { Registry } from 'prom-client';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { createMeter } from '../../../kit/health/meter.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogEntry, LogStore } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingSettings } from '../settings.ts';
import { type AlertStates, createSaver } from './kept-states.ts';
import { createRuleState, type RuleChange, type RuleState } from './rule-state.ts';
import { type KnownRule, newRuleId, type StoredRules } from './rules.ts';
import { countStoredLines } from './stored-counts.ts';

/** Rules that count lines of the log as they are stored. */
export interface LogAlerts {
  /** Whether there is a rule. */
  isWatching(): boolean;
  /** Never waits and never throws. */
  publish(entries: readonly LogEntry[]): void;
  /** Takes up what rules have told, and counts what is stored; before lines are stored. */
  start(): Promise<void>;
  /** Resolves when what was told is kept. */
  stop(): Promise<void>;
  list(): LogAlertView[];
  /** Rejects with `not_found`. */
  get(id: string): LogAlertView;
  /** Rejects with `limit_reached`. */
  create(rule: LogAlertRule): Promise<LogAlertView>;
  /** Rejects with `not_found`, or `invalid_request` for one of the file. */
  replace(id: string, rule: LogAlertRule): Promise<LogAlertView>;
  remove(id: string): Promise<void>;
}

export interface LogAlertsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Without it an alert is told by the log alone. */
  readonly bus?: Pick<Bus, 'publish'>;
  readonly fileRules: readonly KnownRule[];
  readonly stored: StoredRules;
  /** Lines of the time before a start are counted from it. */
  readonly logs: Pick<LogStore, 'query'>;
  /** Where it is kept what was told. */
  readonly states: AlertStates;
  readonly settings: Pick<LoggingSettings, 'alertRules' | 'alertCheckMs' | 'alertLateMs' | 'alertRestoreMs'>;
}

interface Watched extends KnownRule {
  readonly state: RuleState;
}

/** Lines that a rule causes. */
const OF_RULES: ReadonlySet<string | null> = new Set<LogEvent>([
  'log_alert_fired',
  'log_alert_resolved',
  'log_alert_not_published',
]);

/** Alerts that wait for a bus that is away; beyond it the oldest go: each rule gives two a window at most. */
const MAX_UNPUBLISHED = 1_000;

export function createLogAlerts(parts: LogAlertsParts): LogAlerts {
  const { clock, logger, registry, bus, fileRules, stored, logs, states, settings } = parts;
  const { counter, watchEach } = createMeter('logging_alerts', registry);
  const fired = counter('fired_total', 'Alerts of rules that count lines of the log', 'rule');
  watchEach('firing', 'Whether a rule that counts lines of the log fires', ['rule'], (set) => {
    const firing = new Map<string, number>();
    for (const { rule, state } of watched.values())
      firing.set(rule.name, Math.max(firing.get(rule.name) ?? 0, state.firingSince() === null ? 0 : 1));
    for (const [rule, value] of firing) set({ rule }, value);
  });
  const tell = createPacedWarning(logger, { intervalMs: 60_000, now: clock.monotonicMs });
  const epoch = randomBytes(6).toString('hex');
  let seq = 0;
  let unpublished: Alert[] = [];
  let publishing = false;
  let saving: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let watched = new Map<string, Watched>();
  /** Rules that are being written: they count against the limit. */
  let creating = 0;

  const watch = (known: KnownRule): Watched => ({
    ...known,
    state: createRuleState(known.rule, { clock, lateMs: settings.alertLateMs }),
  });
  const begin = () => {
    watched = new Map([...fileRules, ...stored.all()].map((known) => [known.id, watch(known)]));
  };
  begin();

  const save = createSaver(() =>
    states.write({
      rules: [...watched.values()].flatMap(({ id, rule, state }) => {
        const standing = state.standing();
        return standing === null ? [] : [{ id, rule, standing }];
      }),
      unpublished,
    }),
  );
  /** On a full disk alerts are told all the same, and once more after a kill. */
  const saved = (): Promise<void> => {
    saving = save().catch((error) => tell('state', 'log_alert_state_not_kept', { reason: reasonOf(error) }));
    return saving;
  };

  const publishAll = async () => {
    if (publishing || bus === undefined) return;
    publishing = true;
    try {
      for (let next = unpublished[0]; next !== undefined; next = unpublished[0]) {
        // Kept first: after a kill it is published again, as the same, and not found anew.
        await saving;
        await bus.publish(ALERTS.name, ALERTS.frames.encode(next));
        if (unpublished[0] === next) unpublished.shift();
        await saved();
      }
    } catch (error) {
      tell('bus', 'log_alert_not_published', { reason: reasonOf(error), waiting: unpublished.length });
    } finally {
      publishing = false;
    }
  };

  const changed = (
    { id, rule }: Pick<KnownRule, 'id' | 'rule'>,
    { state, count }: RuleChange,
    message = messageOf(rule, state),
  ) => {
    const said = {
      rule: rule.name,
      rule_id: id,
      count,
      above: rule.above,
      window_seconds: rule.window_seconds,
    };
    if (state === 'firing') fired.inc({ rule: rule.name });
    logger.event(state === 'firing' ? 'log_alert_fired' : 'log_alert_resolved', said);
    if (bus === undefined) {
      void saved();
      return;
    }
    seq += 1;
    unpublished.push({
      ...{ id: `${epoch}-${seq}`, epoch, seq, timestamp: clock.now() },
      ...{ product: null, expiry: null, strike: null, kind: 'log_count' },
      severity: rule.severity ?? 'warning',
      message,
      ...{ value: count, threshold: rule.above },
      log: { rule_id: id, rule: rule.name, state, window_seconds: rule.window_seconds },
    });
    if (unpublished.length > MAX_UNPUBLISHED) unpublished = unpublished.slice(-MAX_UNPUBLISHED);
    void saved().then(publishAll);
  };

  const viewOf = ({ id, origin, rule, state }: Watched): LogAlertView => {
    const since = state.firingSince();
    const isEnabled = rule.enabled !== false;
    const standing = since === null ? 'ok' : 'firing';
    return {
      ...{ id, origin, rule, state: isEnabled ? standing : 'disabled', count: state.count() },
      since: since === null ? null : isoTime(since),
    };
  };
  const found = (id: string): Watched => {
    const known = watched.get(id);
    if (known === undefined)
      throw new DeltaStreamError('not_found', `there is no rule ${JSON.stringify(id)}`);
    return known;
  };
  const changeable = (id: string): void => {
    if (found(id).origin === 'api') return;
    throw new DeltaStreamError(
      'invalid_request',
      `rule ${id} is of the file of --log-alerts: change it there`,
    );
  };
  /** Who was told that it fires is told that it does no more. */
  const letGo = (known: Watched | undefined): void => {
    if (known === undefined || known.state.firingSince() === null) return;
    const message = `${known.rule.name}: the rule was changed or removed`;
    changed(known, { state: 'resolved', count: known.state.count() }, message);
  };
  /** Its own lines never, and those of others only where the rule names their event: rules would make each other fire. */
  const isCounted = ({ id, rule }: KnownRule, { event, fields }: LogEntry): boolean =>
    !OF_RULES.has(event) || (rule.event === event && fields.rule_id !== id);

  const count = (known: Watched, entry: LogEntry): true => {
    const change = known.state.add(entry);
    if (change !== null) changed(known, change);
    return true;
  };

  const takeUp = async () => {
    const kept = await states.read();
    unpublished = kept.unpublished;
    for (const { id, rule, standing } of kept.rules) {
      const known = watched.get(id);
      if (known !== undefined && isDeepStrictEqual(known.rule, rule)) known.state.restore(standing);
      else if (standing.firing_since !== null) {
        const message = `${rule.name}: the rule was changed or removed`;
        changed({ id, rule }, { state: 'resolved', count: 0 }, message);
      }
    }
  };
  /** A rule whose lines are not read in time counts from now on. */
  const countStored = () => {
    const enabled = [...watched.values()].filter(({ rule }) => rule.enabled !== false);
    const counting = enabled.map((known) => ({
      rule: known.rule,
      take: (entry: LogEntry) => isCounted(known, entry) && count(known, entry),
    }));
    return countStoredLines(logs, counting, { clock, withinMs: settings.alertRestoreMs }).catch((error) =>
      logger.event('log_alert_counts_not_rebuilt', { reason: reasonOf(error) }),
    );
  };

  const keep = async (id: string, rule: LogAlertRule): Promise<LogAlertView> => {
    await stored.put(id, rule);
    letGo(watched.get(id));
    const known = watch({ id, origin: 'api', rule });
    watched.set(id, known);
    return viewOf(known);
  };

  return {
    isWatching: () => watched.size > 0,
    publish(entries) {
      for (const known of watched.values()) {
        if (known.rule.enabled === false) continue;
        for (const entry of entries) {
          if (isCounted(known, entry)) count(known, entry);
        }
      }
    },
    async start() {
      if (stored.keptAside !== null) logger.event('log_alert_rules_damaged', { kept_as: stored.keptAside });
      await takeUp();
      await countStored();
      timer ??= setInterval(() => {
        for (const known of watched.values()) {
          const change = known.state.check();
          if (change !== null) changed(known, change);
        }
        void publishAll();
      }, settings.alertCheckMs);
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await saving;
    },
    list: () => Array.from(watched.values(), viewOf),
    get: (id) => viewOf(found(id)),
    async create(rule) {
      if (stored.all().length + creating >= settings.alertRules) {
        const message = `there are ${settings.alertRules} rules; --logging-alert-rules is the limit`;
        throw new DeltaStreamError('limit_reached', message);
      }
      creating += 1;
      try {
        return await keep(newRuleId(), rule);
      } finally {
        creating -= 1;
      }
    },
    async replace(id, rule) {
      changeable(id);
      return keep(id, rule);
    },
    async remove(id) {
      changeable(id);
      await stored.remove(id);
      letGo(watched.get(id));
      watched.delete(id);
    },
  };
}

function messageOf({ name, event, above, window_seconds }: LogAlertRule, state: RuleChange['state']): string {
  const lines = event === undefined ? 'lines' : `lines of ${event}`;
  return state === 'firing'
    ? `${name}: more than ${above} ${lines} in ${window_seconds} s`
    : `${name}: no more than ${above} ${lines} in ${window_seconds} s any more`;
}
