import { defineConfig } from "vite";

export default defineConfig({
  clearScreen: false, // the lines above belong to whoever runs this beside other services
  optimizeDeps: { noDiscovery: true }, // no dependencies: nothing to scan for, nothing to cache
});
