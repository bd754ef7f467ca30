import { debug, error, info, warn } from './log-event.ts';

/** Feeds and their sources. */
export const FEED_EVENTS = {
  venue_connection_changed: info('venue connection'),
  venue_connection_failing: warn('venue connection'),
  venue_instruments_not_understood: warn('listed instruments were not understood'),
  venue_instruments_kept_used: warn('a list of instruments that was kept is used'),
  venue_instruments_refused: warn('the venue refused instruments'),
  venue_instruments_asked_again: warn('not confirmed by the venue: asked again'),
  venue_instruments_not_read: warn('the kept list of instruments cannot be read and stays as it is'),
  venue_expiry_unexpected: warn('a venue lists expiries that the reference data does not expect'),
  venue_watchdog_raised: warn('something is wrong with the quotes of a product'),
  venue_watchdog_cleared: info('quotes of a product are right again'),
  feed_conflating: warn('consumers are behind: chains are conflated'),
  feed_publish_retried: warn('the bus did not take a message'),
  feed_ended: info('the feed ended'),
  feed_failed: error('the feed failed'),
  feed_started: info('the feed starts'),
  recording_goes_back: warn('the recording goes back in time: it is played in its own order'),
  recording_file_begun: info('what the feed publishes is recorded in a new file'),
  recording_behind: warn('the disk is too slow for the recording: messages are left out of it'),
  recording_stopped: error('nothing is recorded any more; the feed goes on'),
  past_not_ordered: warn('the past was not ordered; the next start does it'),
  part_rejected: warn('a part of a recording was rejected'),
  parts_rejected_otherwise: warn('parts were rejected for other reasons'),
} as const;

/** Enricher. */
export const ENRICHER_EVENTS = {
  chain_processing_started: debug('a chain is being enriched'),
  chain_processing_completed: debug('a chain is enriched'),
  enrichment_failed: warn('message not enriched'),
} as const;

/** Storage. */
export const STORAGE_EVENTS = {
  batch_not_stored: warn('not stored; trying again'),
  storing_again: info('storing again'),
  dataset_refused: error('messages of another dataset are refused'),
  store_taken_over: error('another store took over what this bus carries; nothing more is stored here'),
  recompute_completed: info('recomputed'),
  chain_cache_failed: debug('cache failed'),
} as const;

/** Analytics. */
export const ANALYTICS_EVENTS = {
  compute_thread_ended: warn('a thread that fits surfaces and computes forecasts ended'),
  product_job_failed: warn('figures of a product are not computed this time'),
} as const;

/** Alerts. */
export const ALERTS_EVENTS = {
  alert_fired: debug('a rule fired'),
  alert_states_not_kept: warn('what rules remember, and what fired, could not be kept; tried again'),
  alert_past_not_read: warn('what rules need of the past could not be read; they are judged without it'),
  alert_resume_gap: warn(
    'chains came while nobody evaluated them and are not on the bus any more: no rule was judged by them',
  ),
  alert_partition_lost: warn('evaluation of some products goes on from what is stored'),
  alert_partitions_not_held: warn('it could not be settled which products are evaluated here'),
  alert_rules_not_read: warn('changes of rules could not be read'),
  alert_firings_left_out: warn('an account has too many firings in a minute; those above are not kept'),
  alert_firings_not_published: warn('what fired was not published; it is published later'),
  alert_disk_not_read: warn('how much of the disk is free could not be found out'),
  alert_platform_not_judged: warn('rules about the platform were not judged'),
  alert_message_left_out: warn('a message was not evaluated'),
  alerts_removed: info('alerts that were kept for long enough were removed'),
  alerts_not_removed: warn('old alerts could not be removed'),
} as const;

/** Socket gateway. */
export const SOCKETS_EVENTS = {
  messages_missing: warn('messages never came'),
  message_left_out: warn('message left out'),
  connection_cut_token_ended: info('connection cut: its token is no longer good'),
  offending_client_cut: warn('offending client cut'),
  slow_client_cut: warn('slow client cut'),
  socket_request_refused: warn('request refused'),
} as const;

/** Operations. */
export const OPERATIONS_EVENTS = {
  past_of_other_settings: warn('the stored past was made with other settings'),
  past_started: info('the synthetic past is written'),
  past_completed: info('the synthetic past is stored'),
  export_completed: info('exported'),
  export_cancelled: info('export cancelled'),
  report_unreadable: warn('a report is there and cannot be read'),
  session_reconciled: info('reconciled with the exchange'),
  report_compared: info('report compared'),
  uploads_not_removed: warn('uploads that are kept no longer cannot be removed'),
  replay_started: info('a replay begins'),
  replay_ended: info('the replay ended'),
  replay_state_not_told: warn('the state of the replay could not be told'),
  replay_part_left_out: warn('a part of a replayed recording was left out'),
  replay_command_left_out: warn('a command to the replay was left out'),
  import_progress_not_noted: warn('how far an import is cannot be noted'),
  import_previewed: info('recording previewed'),
  import_completed: info('recording imported'),
  import_cancelled: info('import cancelled'),
  import_rejects_not_listed: warn('the rejected parts of an import cannot be listed'),
  upload_removed: info('uploaded recording removed'),
  import_folder_problem: warn('a file of the import folder is not imported'),
  import_folder_file_done: info('a file of the import folder is done with'),
} as const;
