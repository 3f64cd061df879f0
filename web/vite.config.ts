import { defineConfig } from "vite";

// What is built lies in the Python package, so that it travels in the wheel.
export default defineConfig({
  base: "/app/",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: "../src/paceline/serve/assets/dist",
    emptyOutDir: true,
    assetsDir: "static",
    assetsInlineLimit: 0, // the content-security policy lets nothing in that is inline
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
