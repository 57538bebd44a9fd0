// Renders the documentation to dist/docs, for /docs of the service: pages, their Markdown, what they link to, llms.txt and
// llms-full.txt, each compressed and nothing else. --out <folder>: somewhere else.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";

import { renderDocs } from "./docs/render-docs.mjs";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { out: { type: "string" } } });
const outDir = values.out ?? join(root, "dist", "docs");

rmSync(outDir, { recursive: true, force: true });
for (const [path, text] of renderDocs(root)) {
  const file = join(outDir, `${path}.br`);
  mkdirSync(dirname(file), { recursive: true });
  const bytes = Buffer.from(text);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(file, brotliCompressSync(bytes, { params }));
}
