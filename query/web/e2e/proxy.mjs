// A proxy that takes a path off, as nginx and Caddy are told to: the page lives below it, and the server does not know.

import { createServer, request } from "node:http";

/** Gives `page`, the address below `prefix` (with a slash at its end), and `stop`. */
export async function below(server, prefix) {
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
