// A proxy that takes a path off: the page lives below it, and the server does not know. One of a few lines, or, where PROXY
// says so, nginx or Caddy with the configuration that docs/operate.md tells.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect, createServer as listener } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "./suite.mjs";

/** Whom the named proxies let in. */
export const USER = "alice";
export const PASSWORD = "secret";
/** PASSWORD by bcrypt, at the least cost: each request is held to it. */
const HASH = "$2b$04$steplogsteplogsteploguYMsG4f5ybYgUgJkObO4vYWvsxfjRGRW";

/** Gives `page`, the address below `prefix` (with a slash at its end), and `stop`. */
export function below(server, prefix) {
  return process.env.PROXY ? named(process.env.PROXY, server, prefix) : plain(server, prefix);
}

async function plain(server, prefix) {
  const target = new URL(server.page);
  const proxy = createServer((asked, answer) => {
    if (!asked.url.startsWith(prefix)) {
      answer.writeHead(404).end();
      return;
    }
    const on = request({ host: target.hostname, port: target.port, path: asked.url.slice(prefix.length - 1), method: asked.method, headers: { ...asked.headers, host: target.host } }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
      got.on("error", () => answer.destroy());
    });
    on.on("error", () => answer.destroy());
    answer.on("close", () => on.destroy());
    asked.pipe(on);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  return {
    page: `http://127.0.0.1:${proxy.address().port}${prefix}`,
    stop: () => new Promise((done) => { proxy.close(done); proxy.closeAllConnections(); }),
  };
}

/** What docs/operate.md has for a language of configuration, for this server and path instead of those that stand there. */
async function documented(language, server, prefix) {
  const text = await readFile(fileURLToPath(new URL("../../../docs/operate.md", import.meta.url)), "utf8");
  const block = text.match(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m"))?.[1];
  for (const part of ["127.0.0.1:7837", "/steplog/"]) {
    if (!block?.includes(part)) throw new Error(`docs/operate.md has no ${part} in its ${language} block`);
  }
  return block.replaceAll("127.0.0.1:7837", new URL(server.page).host).replaceAll("/steplog/", prefix);
}

const PROXIES = {
  async nginx({ directory, port, server, prefix }) {
    const users = join(directory, "users");
    await writeFile(users, `${USER}:{PLAIN}${PASSWORD}\n`);
    const location = (await documented("nginx", server, prefix)).replace("/etc/nginx/steplog.users", users);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${join(directory, kind)};`);
    // Workers of root's nginx would not be let into the directory.
    const user = process.getuid() === 0 ? "user root;" : "";
    const file = join(directory, "nginx.conf");
    await writeFile(file, `${user} daemon off; worker_processes 1; pid ${join(directory, "pid")}; error_log stderr error;
events {} http { access_log off; ${temporary.join(" ")} server { listen 127.0.0.1:${port};
${location}} }`);
    return ["nginx", ["-e", "stderr", "-c", file]];
  },
  async caddy({ directory, port, server, prefix }) {
    const site = (await documented("caddyfile", server, prefix)).replace("tools.example", `http://127.0.0.1:${port}`).replace(/\$2a\$14\$\S+/, HASH);
    const file = join(directory, "Caddyfile");
    await writeFile(file, `{\n  admin off\n}\n${site}`);
    return ["caddy", ["run", "--adapter", "caddyfile", "--config", file]];
  },
};

async function named(name, server, prefix) {
  const directory = await mkdtemp(join(tmpdir(), "steplog-proxy-"));
  const port = await freePort();
  const [program, args] = await PROXIES[name]({ directory, port, server, prefix });
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, HOME: directory } });
  let said = "";
  child.stderr.on("data", (chunk) => { said = (said + chunk).slice(-4_000); });
  const ended = new Promise((done) => child.once("exit", done));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said}`);
    await new Promise((done, refused) => {
      const socket = connect(port, "127.0.0.1", () => { socket.destroy(); done(); });
      socket.once("error", refused);
    });
  });
  return {
    page: `http://127.0.0.1:${port}${prefix}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A port that nobody has, for a program that cannot be told to take any. */
async function freePort() {
  const taken = listener();
  await new Promise((done) => taken.listen(0, "127.0.0.1", done));
  const { port } = taken.address();
  await new Promise((done) => taken.close(done));
  return port;
}
