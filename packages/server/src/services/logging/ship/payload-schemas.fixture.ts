import Type from 'typebox';

/** What each protocol documents of its payloads, as far as the shipper uses it; any other field is refused. */
const strict = { additionalProperties: false };
const text = Type.String();
const nanos = Type.String({ pattern: '^\\d{19}$' });
const hex = (digits: number) => Type.String({ pattern: `^[0-9a-fA-F]{${digits}}$` });

/** https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs */
export const LokiPush = Type.Object(
  {
    streams: Type.Array(
      Type.Object(
        {
          stream: Type.Record(Type.String({ pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$' }), text),
          values: Type.Array(Type.Tuple([nanos, text, Type.Record(text, text)]), { minItems: 1 }),
        },
        strict,
      ),
      { minItems: 1 },
    ),
  },
  strict,
);

/** Names and types of the Elastic Common Schema. */
export const EcsDocument = Type.Object(
  {
    '@timestamp': Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
    message: text,
    ecs: Type.Object({ version: text }, strict),
    log: Type.Object({ level: text }, strict),
    service: Type.Object({ name: text }, strict),
    event: Type.Object(
      {
        dataset: text,
        action: Type.Optional(text),
        duration: Type.Optional(Type.Integer({ minimum: 0 })),
        outcome: Type.Optional(Type.Enum(['success', 'failure', 'unknown'])),
      },
      strict,
    ),
    trace: Type.Optional(Type.Object({ id: text }, strict)),
    span: Type.Optional(Type.Object({ id: text }, strict)),
    parent: Type.Optional(Type.Object({ id: text }, strict)),
    user: Type.Optional(Type.Object({ id: text }, strict)),
    http: Type.Optional(
      Type.Object(
        {
          request: Type.Optional(
            Type.Object({ method: Type.Optional(text), id: Type.Optional(text) }, strict),
          ),
          response: Type.Optional(Type.Object({ status_code: Type.Integer() }, strict)),
        },
        strict,
      ),
    ),
    url: Type.Optional(Type.Object({ path: text }, strict)),
    error: Type.Optional(
      Type.Object({ message: text, type: Type.Optional(text), stack_trace: Type.Optional(text) }, strict),
    ),
    labels: Type.Optional(Type.Record(Type.String({ pattern: '^[^.]+$' }), text)),
  },
  strict,
);

/** A pair of `_bulk`: what is done, and with which document. */
export const BulkAction = Type.Object({ create: Type.Object({ _index: text, _id: text }, strict) }, strict);

const AnyValue = Type.Cyclic(
  {
    Value: Type.Union([
      Type.Object({ stringValue: text }, strict),
      Type.Object({ boolValue: Type.Boolean() }, strict),
      Type.Object({ intValue: Type.String({ pattern: '^-?\\d+$' }) }, strict),
      Type.Object({ doubleValue: Type.Number() }, strict),
      Type.Object({ arrayValue: Type.Object({ values: Type.Array(Type.Ref('Value')) }, strict) }, strict),
      Type.Object(
        {
          kvlistValue: Type.Object(
            { values: Type.Array(Type.Object({ key: text, value: Type.Ref('Value') }, strict)) },
            strict,
          ),
        },
        strict,
      ),
      Type.Object({}, strict),
    ]),
  },
  'Value',
);
const Attributes = Type.Array(Type.Object({ key: text, value: AnyValue }, strict));
const Resource = Type.Object({ attributes: Attributes }, strict);

/** `ExportLogsServiceRequest` in its JSON. */
export const OtlpLogs = Type.Object(
  {
    resourceLogs: Type.Array(
      Type.Object(
        {
          resource: Resource,
          scopeLogs: Type.Array(
            Type.Object(
              {
                logRecords: Type.Array(
                  Type.Object(
                    {
                      timeUnixNano: nanos,
                      severityNumber: Type.Integer({ minimum: 1, maximum: 24 }),
                      severityText: text,
                      body: AnyValue,
                      eventName: Type.Optional(text),
                      traceId: Type.Optional(hex(32)),
                      spanId: Type.Optional(hex(16)),
                      attributes: Attributes,
                    },
                    strict,
                  ),
                  { minItems: 1 },
                ),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);

/** `ExportTraceServiceRequest` in its JSON. */
export const OtlpTraces = Type.Object(
  {
    resourceSpans: Type.Array(
      Type.Object(
        {
          resource: Resource,
          scopeSpans: Type.Array(
            Type.Object(
              {
                spans: Type.Array(
                  Type.Object(
                    {
                      traceId: hex(32),
                      spanId: hex(16),
                      parentSpanId: Type.Optional(hex(16)),
                      name: text,
                      kind: Type.Integer({ minimum: 1, maximum: 5 }),
                      startTimeUnixNano: nanos,
                      endTimeUnixNano: nanos,
                      status: Type.Optional(
                        Type.Object({ code: Type.Integer({ minimum: 0, maximum: 2 }) }, strict),
                      ),
                      attributes: Attributes,
                    },
                    strict,
                  ),
                  { minItems: 1 },
                ),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);
