import { createMeter } from '../health/meter.ts';

/** What is counted of quotes in JSON. Labels are few and fixed. */
export function createIngestMetrics() {
  const { registry, counter } = createMeter('ingest');
  return {
    registry,
    lines: counter('lines_total', 'Lines by kind and outcome', 'kind', 'outcome'),
    published: counter('messages_total', 'Messages published', 'kind'),
    refused: counter('refused_total', 'Bodies and messages that were refused as such, by reason', 'reason'),
  };
}

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;
