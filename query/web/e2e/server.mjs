// The real program on free ports and a fresh data directory, and events for it over OTLP/JSON.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const program = resolve(process.env.STEPLOG ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/steplog"));

/** The most records of one request. */
const BATCH = 500;

/**
 * Starts the program; `more` are further arguments. Gives `page` (its address), `send` (log records, awaited until
 * they are found), `post` (not awaited), `kill` (as a crash does), `restart` (same data, same address) and `stop`.
 */
export async function startServer(more = []) {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`cargo build\`, or name the program in STEPLOG`);
  const data = await mkdtemp(join(tmpdir(), "steplog-page-"));
  const any = "127.0.0.1:0";
  let running = await launch(["--listen", any], data, more);
  const { listen } = running;
  const page = `http://${listen}`;
  const otlp = () => `http://${running.http}/v1/logs`;
  const end = async (signal) => {
    running.child.kill(signal);
    await running.ended;
  };
  return {
    page,
    get otlp() { return otlp(); },
    get grpc() { return running.grpc; },
    send: (records, resource) => send(page, otlp(), records, resource),
    post: (records, resource) => post(otlp(), records, resource),
    kill: () => end("SIGKILL"),
    async restart() { running = await launch(["--listen", listen], data, more); },
    async stop() {
      await end("SIGTERM");
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function launch(listen, data, more) {
  const any = "127.0.0.1:0";
  const child = spawn(program, ["serve", "--data", data, ...listen, "--otlp-grpc", any, "--otlp-http", any, ...more], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => { said = (said + chunk).slice(-4_000); });
  const ended = new Promise((done) => child.once("exit", done));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([new Promise((done) => lines.once("line", done)), ended]);
  if (typeof first !== "string") throw new Error(`the program ended with ${first}: ${said}`);
  return { child, ended, ...JSON.parse(first) };
}

/** Sends records and waits until all of them can be found. */
async function send(page, otlp, records, resource) {
  const before = await count(page);
  for (let at = 0; at < records.length; at += BATCH) await post(otlp, records.slice(at, at + BATCH), resource);
  const deadline = Date.now() + 60_000;
  while (await count(page) < before + records.length) {
    if (Date.now() > deadline) throw new Error(`only ${await count(page)} of ${before + records.length} events can be found`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function post(otlp, records, resource = { "service.name": "journey-engine" }) {
  const body = { resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs: [{ scope: { name: "e2e" }, logRecords: records }] }] };
  const answer = await fetch(otlp, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok || told.partialSuccess?.rejectedLogRecords) throw new Error(`not taken: ${answer.status} ${JSON.stringify(told)}`);
}

/** How many events are kept. */
export async function count(page) {
  const answer = await fetch(`${page}/api/v1/histogram?from=now-14d&to=now%2B1d&buckets=1`);
  if (!answer.ok) throw new Error(`no count: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).total;
}

/** A plain object as OTLP attributes. */
function attributes(plain) {
  return Object.entries(plain).filter(([, value]) => value !== undefined).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributes(value) } };
}

const COLUMNS = {
  status: "steplog.event.status", reason: "steplog.event.status_reason", occurred_in: "steplog.context.type", object: "steplog.object.name",
  object_id: "steplog.object.id", version: "steplog.object.version", element: "steplog.element.name", element_id: "steplog.element.id",
  element_type: "steplog.element.type", performed_by: "steplog.actor.id", performed_by_type: "steplog.actor.type", person: "steplog.person.id",
  interaction: "steplog.interaction.id", conversation: "steplog.conversation.id", channel: "steplog.channel", duration: "steplog.event.duration",
};

/** A log record from columns; `time` in milliseconds since 1970, `duration` in milliseconds, `more` are further attributes. */
export function record({ time, event, body, more = {}, severity = 9, trace, ...columns }) {
  const own = {};
  for (const [column, value] of Object.entries(columns)) {
    if (!(column in COLUMNS)) throw new Error(`no column ${column}`);
    if (value !== undefined) own[COLUMNS[column]] = column === "duration" ? Math.round(value * 1e6) : value;
  }
  return {
    timeUnixNano: String(BigInt(Math.round(time)) * 1_000_000n),
    eventName: event, severityNumber: severity, traceId: trace,
    body: body === undefined ? undefined : anyValue(body),
    attributes: attributes({ ...own, ...more }),
  };
}
