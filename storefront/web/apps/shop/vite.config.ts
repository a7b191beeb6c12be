import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Django links what is built here: it reads the manifest and serves the files as static ones.
export default defineConfig({
  base: "/static/",
  plugins: [react()],
  build: {
    outDir: "../../dist",
    emptyOutDir: true,
    manifest: true,
    modulePreload: { polyfill: false },
    rollupOptions: { input: "src/main.tsx" },
    assetsDir: "shop",
  },
});
