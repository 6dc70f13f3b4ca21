// Shows /api/openapi.json. Everything from it is put in as text, never as markup.

const content = document.getElementById("content");
const contents = document.getElementById("contents");
const state = document.getElementById("state");
const shown = [];
/** Where the page lives: this file lies in a folder within. */
const root = new URL("..", import.meta.url);

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/** Text with `code` in it. */
function prose(text, name = "p") {
  const parts = (text ?? "").split("`");
  return element(name, {}, ...parts.map((part, place) => (place % 2 ? element("code", {}, part) : part)));
}

function table(heads, rows) {
  const cells = (name, row) => element("tr", {}, ...row.map((cell) => element(name, {}, cell)));
  const head = element("thead", {}, cells("th", heads));
  const whole = element("table", {}, head, element("tbody", {}, ...rows.map((row) => cells("td", row))));
  return element("div", { className: "scroll" }, whole);
}

/** What a value may be, in a few words; schemas of the description are links. */
function kind(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return element("a", { href: `#schema-${name}` }, name);
  }
  if (schema.anyOf) {
    return element("span", {}, ...schema.anyOf.flatMap((one, place) => (place ? [" or ", kind(one)] : [kind(one)])));
  }
  const of = schema.items ?? (typeof schema.additionalProperties === "object" ? schema.additionalProperties : null);
  const words = [schema.type].flat().join(" or ").replace("object", of ? "by name" : "object").replace("array", "list");
  const bounds = schema.maximum !== undefined && schema.minimum !== undefined ? ` ${schema.minimum}–${schema.maximum}` : "";
  const made = element("span", {}, words + bounds);
  if (of) made.append(" of ", kind(of));
  return made;
}

function about(schema, text) {
  const cell = prose(text ?? schema.description ?? "", "span");
  const values = schema.enum ?? schema.items?.enum;
  if (values) cell.append(" ", ...values.flatMap((value, place) => [place ? ", " : "", element("code", {}, String(value))]));
  if (schema.default !== undefined) cell.append(" Without it: ", element("code", {}, String(schema.default)), ".");
  return cell;
}

/** The fields of a schema, those of objects without a name below their own. */
function fields(schema, before = "") {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const full = `${before}${name}`;
    const always = schema.required?.includes(name);
    const head = element("code", {}, always ? full : `${full}?`);
    const row = [head, element("span", { className: "kind" }, kind(field)), about(field)];
    const inner = field.items ?? (typeof field.additionalProperties === "object" ? field.additionalProperties : field);
    const mark = field.items ? "[]." : field.additionalProperties ? ".*." : ".";
    return [row, ...(inner.$ref ? [] : fields(inner, full + mark))];
  });
}

function parameters(operation) {
  const rows = operation.parameters.map((one) => {
    const name = element("code", {}, one.name === "attributes" ? "attr.KEY" : one.name);
    if (one.required) name.append(element("span", { className: "needed", title: "needed" }, " *"));
    return [name, element("span", { className: "kind" }, kind(one.schema)), about(one.schema, one.description)];
  });
  return rows.length ? [element("h3", {}, "Parameters"), table(["Name", "Kind", "Means"], rows)] : [];
}

function answers(operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const body = Object.entries(answer.content ?? {})[0];
    const schema = body?.[1].schema;
    const name = schema?.$ref ? kind(schema) : schema && status >= 400 ? kind({ $ref: "#/Problem" }) : (body?.[0] ?? "nothing");
    const lines = answer.description.split("\n\n").map((line) => prose(line, "div"));
    return [element("code", {}, status), element("span", { className: "kind" }, name), element("span", {}, ...lines)];
  });
  return [element("h3", {}, "Answers"), table(["Status", "Body", "Means"], rows)];
}

/** A line to ask with, and what came of it. */
function attempt(path) {
  const output = element("pre", { hidden: true, tabIndex: 0 });
  const address = element("input", { value: path, spellcheck: false, autocomplete: "off" });
  address.setAttribute("aria-label", "Address to ask");
  const form = element("form", {}, address, element("button", { type: "submit" }, "Ask"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.hidden = false;
    output.textContent = "…";
    output.className = "";
    try {
      const answer = await fetch(new URL(address.value.replace(/^\/+/, ""), root));
      const text = await answer.text();
      const isJson = (answer.headers.get("content-type") ?? "").includes("json");
      output.className = answer.ok ? "" : "failed";
      output.textContent = `${answer.status}\n${isJson ? JSON.stringify(JSON.parse(text), null, 2) : text}`;
    } catch (error) {
      output.className = "failed";
      output.textContent = `The server did not answer (${error.message}).`;
    }
  });
  return [element("h3", {}, "Try it"), form, output];
}

function show(section, link, text) {
  content.append(section);
  contents.append(link);
  shown.push({ section, link, text: text.toLowerCase() });
}

function showOperation(path, method, operation) {
  const line = element("span", { className: "address" }, element("span", { className: "method" }, method.toUpperCase()), path);
  const body = operation.requestBody?.content["application/json"].schema;
  const streams = Object.keys(operation.responses[200]?.content ?? {}).includes("text/event-stream");
  const section = element(
    "section",
    { id: operation.operationId },
    element("h2", {}, operation.summary),
    line,
    ...(operation.description ? [prose(operation.description)] : []),
    ...(body ? [element("h3", {}, "Body"), element("p", {}, "JSON: ", kind(body))] : []),
    ...parameters(operation),
    ...answers(operation),
    ...(method === "get" && !streams ? attempt(path) : []),
  );
  const link = element("a", { href: `#${operation.operationId}`, title: `${method.toUpperCase()} ${path}` }, operation.summary);
  show(section, link, JSON.stringify([path, method, operation]));
}

function showSchema(name, schema) {
  const section = element(
    "section",
    { id: `schema-${name}` },
    element("h2", {}, name),
    prose(schema.description ?? ""),
    table(["Field", "Kind", "Means"], fields(schema)),
  );
  show(section, element("a", { href: `#schema-${name}` }, name), JSON.stringify([name, schema]));
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const one of shown) {
    const hit = words.every((word) => one.text.includes(word));
    one.section.hidden = one.link.hidden = !hit;
    found += Number(hit);
  }
  state.textContent = words.length && !found ? "Nothing here has all of these words." : "";
}

function showAll(description) {
  for (const paragraph of description.info.description.split("\n\n")) content.append(prose(paragraph));
  const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  for (const group of description.tags) {
    contents.append(element("h2", { title: group.description }, group.name));
    for (const one of operations.filter((one) => one.operation.tags.includes(group.name))) {
      showOperation(one.path, one.method, one.operation);
    }
  }
  contents.append(element("h2", {}, "schemas"));
  for (const [name, schema] of Object.entries(description.components.schemas)) if (schema.properties) showSchema(name, schema);
}

try {
  const answer = await fetch(new URL("api/openapi.json", root));
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  showAll(await answer.json());
  state.textContent = "";
  const box = document.getElementById("find");
  box.addEventListener("input", () => find(box.value));
  // The sections were not there when the browser looked for the one in the address.
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
} catch (error) {
  state.textContent = `The description cannot be read: ${error.message}. Load the page again.`;
  state.className = "failed";
}
content.setAttribute("aria-busy", "false");
