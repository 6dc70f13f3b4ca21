import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Where `npm run dev` asks for data.
const server = process.env.STEPLOG_SERVER ?? "http://127.0.0.1:7837";

/** Nothing is painted before the first script ran: it knows the theme. The build forgets the attribute. */
const themeFirst = {
  name: "theme-first",
  transformIndexHtml: { order: "post" as const, handler: (page: string) => page.replace('<script type="module" crossorigin', '<script type="module" blocking="render" crossorigin') },
};

export default defineConfig({
  // The page may live below a path: every file names the others by where they lie beside it.
  base: "./",
  plugins: [svelte(), themeFirst],
  build: {
    target: "es2022",
    // Names without hashes keep the committed files' differences small; the server sends ETags.
    rollupOptions: {
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
        // What several views share comes in one file. What runs first has no part in it: it needs no component.
        codeSplitting: { groups: [{ name: "page", test: /svelte|clsx|(window|pasted|chip|period|styled)\.ts/, minShareCount: 2, includeDependenciesRecursively: false },
          { name: "menus", priority: 2, test: /\/(shell\/(menus|Export|Share|Views|job|exporting|sharing|people)|log\/(ColumnList|Welcome|Empty|moment|receivers)|filters\/(Period|Calendar|Values|Ids|Presence)|search\/(suggest|keys|recent)|lib\/typed)\./, includeDependenciesRecursively: false }] },
      },
    },
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
  },
  server: { proxy: { "/api": server } },
  test: { include: ["src/**/*.test.ts"] },
});
