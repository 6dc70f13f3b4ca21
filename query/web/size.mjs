// How large the page is: what its first load takes, and all of it, compressed as a server sends it.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FIRST_KB = 80;
const ALL_KB = 240;

const dist = new URL("dist/", import.meta.url);
const names = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
const kb = (path) => gzipSync(readFileSync(path), { level: 6 }).length / 1_000;
const sizes = new Map(names.map((path) => [path.slice(path.indexOf("dist/") + 5).replace(/^\/+/, ""), kb(path)]));
// The document names what runs first, and that names what it opens the page with.
const named = ["index.html", "assets/index.js"].map((name) => readFileSync(new URL(name, dist), "utf8")).join();
const first = [...sizes].filter(([name]) => name === "index.html" || new RegExp(`\\b${name.replace("assets/", "")}["\`]`).test(named)).reduce((sum, [, size]) => sum + size, 0);
const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
console.log(`first load ${first.toFixed(1)} of ${FIRST_KB} KB, all ${all.toFixed(1)} of ${ALL_KB} KB, gzip`);
if (first > FIRST_KB || all > ALL_KB) process.exit(1);
