/** The catalogue of what services log; apart from the rest, as few clients show it. */
export { LOG_EVENT_AREAS, type LogEvent } from '@deltastream/contracts/log-events';
