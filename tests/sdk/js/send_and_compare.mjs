// Sends log records with the OpenTelemetry SDK for JavaScript, as JSON and protobuf over HTTP and over gRPC,
// and compares them with what the API gives back.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

const api = `http://${process.env.STEPLOG_API}/api/v1`;
const url = `http://${process.env.STEPLOG_HTTP}/v1/logs`;
const deadlineMillis = 30_000;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = '00f067aa0ba902b7';

const exporters = {
  json: () => new JsonExporter({ url }),
  'json gzip': () => new JsonExporter({ url, compression: 'gzip' }),
  protobuf: () => new ProtoExporter({ url }),
  grpc: () => new GrpcExporter({ url: `http://${process.env.STEPLOG_GRPC}` }),
};

const attributes = (interaction) => ({
  'steplog.interaction.id': interaction,
  'steplog.person.id': 'person-42',
  'steplog.event.status': 'failure',
  text: 'Grüße, 世界 \u2028 "quoted" \\ and a tab\t',
  empty: '',
  yes: true,
  no: false,
  whole: Number.MAX_SAFE_INTEGER,
  negative: -7,
  tenth: 0.1,
  tiny: 5e-324,
  bytes: new Uint8Array([0, 1, 127, 128, 255]),
  strings: ['a', 'b'],
  mixed: ['a', 1, true, 2.5, { inner: ['x'] }],
  nested: { list: [1, 2], deeper: { key: 'value' } },
});

/** The value in the JSON form of OTLP; whole numbers are integers, as this SDK sends them. */
function anyValue(value) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

const keyValues = (object) => Object.entries(object).map(([key, value]) => ({ key, value: anyValue(value) }));

async function get(path) {
  const answer = await fetch(`${api}/${path}`);
  const body = await answer.json();
  assert.ok(answer.ok, JSON.stringify(body));
  return body;
}

/** The one event of the interaction, as soon as it can be found. */
async function foundEvent(interaction) {
  const deadline = Date.now() + deadlineMillis;
  while (Date.now() < deadline) {
    const { events } = await get(`events?interaction=${interaction}`);
    if (events.length > 0) {
      assert.equal(events.length, 1);
      return get(`events/${events[0].id}`);
    }
    await pause(20);
  }
  throw new Error(`interaction ${interaction} was not found within ${deadlineMillis} ms`);
}

async function check(name, exporter) {
  const interaction = randomUUID();
  const seconds = Math.floor(Date.now() / 1000);
  const resource = resourceFromAttributes({ 'service.name': 'js-sdk', numbers: [1, 2, 3] });
  const provider = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('engine', '1.2.3', { schemaUrl: 'https://example.com/schema' });
  const sent = attributes(interaction);
  logger.emit({
    eventName: 'message.undelivered',
    timestamp: [seconds, 123_456_789],
    observedTimestamp: [seconds, 987_654_321],
    severityNumber: SeverityNumber.ERROR2,
    severityText: 'ERROR2',
    body: { message: 'The carrier did not answer', attempt: 3 },
    attributes: sent,
    context: trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 }),
  });
  await provider.forceFlush();
  await provider.shutdown();

  const event = await foundEvent(interaction);
  const { logRecord, resource: gotResource, scope } = event.record;
  assert.equal(event.event, 'message.undelivered');
  assert.equal(event.status, 'failure');
  assert.equal(event.person, 'person-42');
  assert.equal(logRecord.timeUnixNano, `${seconds}123456789`);
  assert.ok(event.time.endsWith('.123456789Z'), event.time);
  assert.equal(logRecord.observedTimeUnixNano, `${seconds}987654321`);
  assert.equal(logRecord.severityNumber, 18);
  assert.equal(logRecord.severityText, 'ERROR2');
  assert.deepEqual(logRecord.body, anyValue({ message: 'The carrier did not answer', attempt: 3 }));
  assert.equal(logRecord.traceId, traceId);
  assert.equal(logRecord.spanId, spanId);
  assert.equal(logRecord.flags & 0xff, 1);
  assert.deepEqual(logRecord.attributes, keyValues(sent));
  assert.deepEqual(gotResource.attributes, keyValues({ 'service.name': 'js-sdk', numbers: [1, 2, 3] }));
  assert.equal(scope.name, 'engine');
  assert.equal(scope.version, '1.2.3');
  console.log(`js sdk, ${name}: every attribute, kind and nanosecond came back`);
}

for (const [name, exporter] of Object.entries(exporters)) {
  await check(name, exporter());
}
console.log('4 passed, 0 failed');
