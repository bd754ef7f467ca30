import { debug, error, info, warn } from './log-event.ts';

/** Of every process. */
export const PLATFORM_EVENTS = {
  operator_commands_not_published: warn(
    'what operators told a service to do waits for the bus, to be kept in the trail of security events',
  ),
  request_completed: info('request'),
  span: debug('what a part of a trace did, and how long it took'),
  log_lines_dropped: warn('log lines were dropped: more came than could be passed on'),
  log_level_changed: info('the level of the log changes'),
  log_level_left_out: warn('a change of the level of the log was left out'),
  stop_failed: error('a part of the process did not stop cleanly'),
  data_folder_lost: error("the data folder is no longer this process's"),
  calendar_ending: warn('a calendar of the reference data ends soon'),
  token_keys_not_fetched: warn('keys of access tokens could not be fetched'),
  revocation_left_out: warn('revocation left out'),
  request_failed: error('request failed'),
  stop_timed_out: warn('the stop took too long and was left to the end of the process'),
  failed_start_not_ended: warn('what a failed start had begun did not stop cleanly'),
  worker_state_not_said: debug('the state of this worker was not said'),
  concurrency_changed: info('concurrency changes'),
  client_not_reading: warn('connection closed: its client does not read'),
  service_not_ready: warn('not ready'),
  heartbeat_not_sent: debug('no heartbeat was sent'),
  heartbeat_left_out: warn('a heartbeat was left out'),
} as const;

/** Gateway. */
export const GATEWAY_EVENTS = {
  circuit_opened: warn('a service fails: circuit open'),
  circuit_closed: info('a service is back: circuit closed'),
} as const;

/** Logging. */
export const LOGGING_EVENTS = {
  log_store_failing: error('log entries cannot be stored; they wait'),
  log_store_recovered: info('log entries are stored again'),
  log_entries_not_stored: error('log entries were not stored before the stop'),
  log_store_mended: error('the log store was mended: what a crash left was put right'),
  log_line_damaged: error('a line of the log store cannot be read'),
  log_target_failing: warn('log entries cannot be shipped to a target; they wait'),
  log_target_recovered: info('log entries are shipped to a target again'),
  log_entries_not_shipped: warn('log entries will never reach a target'),
  log_alert_fired: warn('more lines than a rule of the log allows'),
  log_alert_resolved: info('no more lines than a rule of the log allows any more'),
  log_alert_not_published: warn('an alert of the log could not be published'),
  log_alert_state_not_kept: warn('what a rule of the log has told could not be written to its file'),
  log_alert_counts_not_rebuilt: warn(
    'stored lines could not be read at a start: rules of the log count from then on',
  ),
  log_alert_rules_damaged: error('stored rules of the log cannot be read; they are kept aside'),
  log_batch_left_out: warn('a batch of log lines was left out'),
} as const;

/** Ingest. */
export const INGEST_EVENTS = {
  ingest_message_rejected: warn('a message was rejected'),
  ingest_message_refused: warn('a message was refused'),
  ingest_overflowing: warn('messages come faster than they are taken, and are dropped'),
  ingest_publish_failed: warn('the bus did not take the chains of quotes'),
} as const;

/** Mirror. */
export const MIRROR_EVENTS = {
  mirror_message_malformed: warn('a message was not mirrored'),
  mirror_messages_not_sent: warn('messages were not mirrored'),
} as const;
