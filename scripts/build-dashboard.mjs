// Bundles dashboard/ to dist/dashboard, each text file with its compressed twins beside it. --watch: again at every change.
// --out <folder>: somewhere else.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "vite";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { watch: { type: "boolean" }, out: { type: "string" } } });
const outDir = values.out ?? join(root, "dist", "dashboard");
const watch = values.watch ?? false;
// What React is built for is taken from there: whoever builds while testing would ship its development build.
process.env.NODE_ENV = "production";

await build({
  root: join(root, "dashboard"),
  base: "/ops/",
  configFile: false,
  // Scripts find each other from where they are, also below a path.
  experimental: {
    renderBuiltUrl: (_file, { hostType }) => (hostType === "js" ? { relative: true } : undefined),
  },
  logLevel: watch ? "info" : "warn",
  build: {
    outDir,
    emptyOutDir: true,
    // Inlined as data: URLs they would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    watch: watch ? {} : null,
    // All of it is smaller than the way for a second file.
    cssCodeSplit: false,
    rolldownOptions: {
      // What several pages use is one file, not thirty: each page then asks for that and its own.
      output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } },
      // "use client" is for servers that render React: here everything is the client.
      onLog: (level, log, report) => log.code !== "MODULE_LEVEL_DIRECTIVE" && report(level, log),
    },
  },
  plugins: [{ name: "compressed-twins", writeBundle: compressAll }],
});

/** Once at build time, as small as it gets, instead of at each request. */
function compressAll() {
  for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:js|css|html|svg)$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
