import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { fastify } from "fastify";
import { build } from "vite";

/** Files of src whose exports the renderers use. */
const SOURCES = [
  "catalogue/event-catalogue",
  "catalogue/event-schema",
  "catalogue/json-schema",
  "diff/event",
  "resources/registry",
  "resources/resource",
  "ops/api/api",
  "ops/api/api-error",
  "ops/api/document/complete-document",
];

/** What the generated files are made of. The sources are TypeScript, and the oldest Node that we run on cannot read that. */
export async function loadSources(root) {
  const outDir = join(root, ".data", "generate");
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: "node20",
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(SOURCES.map((name) => [name, join(root, "src", `${name}.ts`)])),
        output: { entryFileNames: "[name].js", keepNames: true },
      },
    },
  });
  const sources = {};
  for (const name of SOURCES)
    Object.assign(sources, await import(pathToFileURL(join(outDir, `${name}.js`)).href));
  const { MEANINGS, PROBLEMS } = sources;
  return {
    ...sources,
    openApi: await describeApi(sources),
    problems: Object.entries(PROBLEMS).map(([code, status]) => ({ code, status, meaning: MEANINGS[code] })),
  };
}

/** The OpenAPI document, as the service serves it. Nobody is asked anything: what routes work with is looked at when they are called. */
async function describeApi({ registerApi }) {
  const server = fastify();
  let document;
  await server.register(
    async (scope) => {
      await registerApi(scope, {
        base: { config: { ops: {}, retention: {} } },
        guard: {},
        requestsPerMinute: 1,
        notReady: async () => undefined,
      });
      document = () => scope.swagger();
    },
    { prefix: "/v1" },
  );
  await server.ready();
  const described = document();
  await server.close();
  return described;
}
