import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `make run` serves the API that `npm run dev` works on. */
const SERVER = process.env.INTERLOCK_URL ?? "http://127.0.0.1:8400";

export default defineConfig({
  plugins: [react()],
  base: "/console/",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    // The policy of the pages allows scripts of this server only: nothing is inlined as a data address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "^/(?!console)": { target: SERVER, changeOrigin: false } } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
