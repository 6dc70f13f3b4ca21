import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Where `npm run dev` asks for data.
const server = process.env.STEPLOG_SERVER ?? "http://127.0.0.1:7837";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // Names without hashes keep the committed files' differences small; the server sends ETags.
    rollupOptions: {
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
  },
  server: { proxy: { "/api": server } },
  test: { include: ["src/**/*.test.ts"] },
});
