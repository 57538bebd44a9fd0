import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test as base } from "vitest";

import { eventCatalogue } from "../../src/catalogue/event-catalogue.ts";
import { exampleOf } from "../support/example-of.ts";
import { eventually } from "../support/harness.ts";
import { temporaryFolder } from "../support/redis-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const CALM = ["--ignore-scripts", "--offline", "--no-audit", "--no-fund", "--loglevel=error"];

interface Packed {
  readonly folder: string;
  readonly files: readonly string[];
}

/** An empty folder, in which the package is installed as from the registry: out of its own file, and without a network. */
const test = base.extend("packed", { scope: "file" }, async ({}, { onCleanup }): Promise<Packed> => {
  const { path: folder, [Symbol.dispose]: remove } = temporaryFolder();
  onCleanup(remove);
  // Other tests do without them.
  if (process.env["BUILT"] === undefined)
    execFileSync(process.execPath, ["scripts/build-docs.mjs"], { cwd: ROOT });
  const said = execFileSync("npm", ["pack", "--json", "--pack-destination", folder, ...CALM], { cwd: ROOT });
  const [tarball] = JSON.parse(said.toString()) as [{ filename: string; files: { path: string }[] }];
  writeFileSync(join(folder, "package.json"), "{}");
  execFileSync("npm", ["install", "--engine-strict", ...CALM, `./${tarball.filename}`], { cwd: folder });
  return { folder, files: tarball.files.map(({ path }) => path) };
});

test("the package has what runs, and nothing that it was made from", ({ packed }) => {
  expect(packed.files).toEqual(
    expect.arrayContaining([
      ...["README.md", "LICENSE", "notifier.example.yaml", "dist/cli.js", "dist/board/dist/index.ejs"],
      ...["dist/docs/index.html.br", "dist/docs/operations.md.br", "dist/docs/llms.txt.br"],
      ...["dist/program/THIRD-PARTY-NOTICES.md", "dist/public/verify.cjs", "dist/public/events.d.cts"],
    ]),
  );
  const strange = /\.map$|^(?!dist\/|[A-Z]+(\.md)?$|package\.json$|notifier\.example\.yaml$)/;
  expect(packed.files.filter((path) => strange.test(path))).toEqual([]);
});

test("it brings no other package along, and names every one that it is made of", ({ packed }) => {
  const lock = JSON.parse(readFileSync(join(packed.folder, "package-lock.json"), "utf8")) as {
    packages: Record<string, unknown>;
  };
  expect(Object.keys(lock.packages)).toEqual(["", "node_modules/cliniko-webhooks"]);
  const notices = readFileSync(
    join(packed.folder, "node_modules/cliniko-webhooks/dist/program/THIRD-PARTY-NOTICES.md"),
    "utf8",
  );
  for (const name of ["bullmq", "ioredis", "undici", "zod", "pino", "fastify", "commander"])
    expect(notices).toContain(`## ${name} - `);
});

test("the lock file of this repository names no registry", () => {
  expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toMatch(
    /"resolved"|https?:\/\/[^"]*\.tgz/,
  );
});

test("the demo of the installed package runs to a clean end, and shows the queue board and the documentation", async ({
  packed,
}) => {
  using tmp = temporaryFolder();
  const program = join(packed.folder, "node_modules/.bin/cliniko-webhooks");
  const demo = spawn(program, ["demo", "--for", "1s"], {
    cwd: packed.folder,
    env: { PATH: process.env["PATH"] ?? "", TMPDIR: tmp.path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [demo.stdout, demo.stderr])
    stream.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  const ended = once(demo, "exit");

  const [, dashboard, token] = await eventually(
    () => /(http:\S+)\/ops\/sign-in#[^]*made up like everything else: (\w+)/.exec(output) ?? undefined,
  );
  const get = async (path: string): Promise<Response> =>
    await fetch(`${dashboard}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const page = await (await get("/ops/queues")).text();
  const script = /static\/js\/main\.\w+\.js/.exec(page)?.[0];
  expect((await get(`/ops/queues/${script}`)).status).toBe(200);
  expect(await (await get("/docs/operations")).text()).toContain('<h3 id="refused_by_guard">');

  expect(await ended, output).toEqual([0, null]);
  expect(output).toContain("lost 0 · invented 0");
});

function compile(folder: string, ...files: string[]): void {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const strict = ["--noEmit", "--strict", "--skipLibCheck", "false", "--types", "", "--target", "es2022"];
  execFileSync(process.execPath, [compiler, ...strict, "--module", "node16", ...files], { cwd: folder });
}

describe("receivers import ./events and ./verify", () => {
  const SOURCE = `
    import { type ClinikoEvent, isEventType } from "cliniko-webhooks/events";
    import { verifyWebhook } from "cliniko-webhooks/verify";
    const event: ClinikoEvent = JSON.parse("{}");
    export const id: string = isEventType(event.type) ? event.subject.id : "";
    export const kind: "verified" | "refused" = verifyWebhook({ secrets: [], headers: {}, body: "", nowMs: 1 }).kind;
    // @ts-expect-error -- were the types not found, anything would do
    export const wrong: number = verifyWebhook({ secrets: [], headers: {}, body: "", nowMs: 1 }).kind;
  `;
  const LOADED = `console.log(isEventType("patient.created"), typeof verifyWebhook)`;

  test("from an ES module and from CommonJS, without the service", ({ packed: { folder } }) => {
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: folder }).toString();
    const [events, verify] = ["cliniko-webhooks/events", "cliniko-webhooks/verify"];
    expect(
      run(
        "--input-type=module",
        "-e",
        `import { isEventType } from "${events}"; import { verifyWebhook } from "${verify}"; ${LOADED}`,
      ),
    ).toBe("true function\n");
    const required = `const { isEventType } = require("${events}"); const { verifyWebhook } = require("${verify}");
      ${LOADED}; console.log(Object.keys(require.cache).map((file) => require("node:path").basename(file)).join())`;
    expect(run("-e", required)).toBe("true function\nevents.cjs,verify.cjs\n");
  });

  test("with the types of the module system that they are written in", ({ packed: { folder } }) => {
    const files = ["esm.mts", "common.cts"].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, SOURCE);
    compile(folder, ...files);
  });

  test("with types that the example of every event is of", ({ packed: { folder } }) => {
    const file = join(folder, "examples.mts");
    const events = eventCatalogue.map(
      ({ type, example }, n) => `export const e${n}: Of<"${type}"> = ${JSON.stringify(example)};`,
    );
    writeFileSync(
      file,
      `import type { ClinikoEvent } from "cliniko-webhooks/events";
      type Of<Type extends ClinikoEvent["type"]> = Extract<ClinikoEvent, { readonly type: Type }>;
      ${events.join("\n")}
      // @ts-expect-error -- were another type's example taken, anything would do
      export const another: Of<"patient.created"> = ${JSON.stringify(exampleOf("patient.merged"))};`,
    );
    compile(folder, file);
  });

  test("with types for compilers that know no exports", ({ packed: { folder } }) => {
    const home = join(folder, "node_modules/cliniko-webhooks");
    const { typesVersions } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
      typesVersions: { "*": Record<string, readonly [string]> };
    };
    expect(Object.keys(typesVersions["*"])).toEqual(["events", "verify"]);
    for (const [file] of Object.values(typesVersions["*"])) expect(existsSync(join(home, file))).toBe(true);
  });
});
