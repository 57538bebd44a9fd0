import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { packageFile } from "../shared/package-file.ts";
import { type FaultDeps, answerError } from "./api/answer-errors.ts";
import { notFound } from "./api/api-error.ts";
import { type FixedAnswer, createFixedFile } from "./fixed-answer.ts";
import { pageHeaders } from "./page-headers.ts";

export interface DocsOptions {
  /** Where `npm run build` has put them. */
  readonly folder: string;
  /** Where people reach it. */
  readonly publicUrl: string | undefined;
  readonly faults: FaultDeps;
}

export const BUILT_DOCS = packageFile("dist/docs");

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  svg: "image/svg+xml",
};
const TEXT = "text/plain; charset=utf-8";
const COMPRESSED = ".br";
/** For programs that read the documentation, where they look for it. */
const AT_ROOT = ["llms.txt", "llms-full.txt"];

/**
 * The documentation of this very release, for anyone: it holds nothing of an installation, and is wanted most when nothing else
 * answers. `/docs/operations` is a page, and `/docs/operations.md` what it was made of; to a browser, that leads to the page, so
 * that a place that a message names (docs/operations.md#tls) can be opened. Give it a scope of its own.
 */
export function registerDocs(scope: FastifyInstance, { folder, publicUrl, faults }: DocsOptions): void {
  const headers = pageHeaders(publicUrl);
  const files = createFiles(folder);
  const send = async (name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const file = files.find(name);
    if (file) return await file.send(request, reply);
    if (!files.areBuilt()) return await sendNotBuilt(reply);
    throw notFound("page", request.url.split("?")[0] ?? "");
  };
  scope.setErrorHandler(async (error, request, reply) => {
    await answerError(faults, error, request, reply);
  });
  scope.addHook("onRequest", async (_request, reply) => {
    reply.headers(headers);
  });

  // Where it leads is said from where one is, like all links of the pages: it holds below any path.
  scope.get("/docs", async (_request, reply) => await reply.redirect("docs/", 302));
  scope.get("/docs/*", async (request: FastifyRequest<{ Params: { "*": string } }>, reply) => {
    const path = request.params["*"];
    if (path.endsWith(".md")) {
      // Caches keep both, the page's address and the Markdown.
      reply.header("vary", "accept, accept-encoding");
      const page = pageOf(path);
      if ((request.headers.accept ?? "").includes("text/html") && files.find(nameOf(page.address))) {
        return await reply.redirect(page.fromThere, 302);
      }
    }
    return await send(nameOf(path), request, reply);
  });
  for (const name of AT_ROOT) {
    scope.get(`/${name}`, async (request, reply) => await send(name, request, reply));
  }
}

/** Where the page of a Markdown file is: below /docs, and from that file. A README's is that of its folder. */
function pageOf(path: string): { readonly address: string; readonly fromThere: string } {
  const names = path.slice(0, -".md".length).toLowerCase().split("/");
  const isFolder = names.at(-1) === "readme";
  if (isFolder) names.pop();
  const name = names.at(-1);
  if (name === undefined) return { address: "", fromThere: "./" };
  return { address: names.join("/"), fromThere: isFolder ? `../${name}` : name };
}

/** What an address is called among the files: pages go without `.html`. */
function nameOf(path: string): string {
  if (path === "") return "index.html";
  return /\.\w+$/.test(path) ? path : `${path}.html`;
}

interface Files {
  /** Undefined: there is no such file. */
  find(name: string): FixedAnswer | undefined;
  areBuilt(): boolean;
}

/** What stands in the folder, listed when it is first asked for: no other name leads to a file. It may be built while the service runs. */
function createFiles(folder: string): Files {
  let listed: ReadonlyMap<string, FixedAnswer> | undefined;
  const list = (): ReadonlyMap<string, FixedAnswer> => {
    if (!existsSync(folder)) return new Map();
    listed ??= new Map(
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(COMPRESSED))
        .map((path) => {
          const name = path.slice(0, -COMPRESSED.length).replaceAll("\\", "/");
          const type = TYPES[name.split(".").at(-1) ?? ""] ?? TEXT;
          return [name, createFixedFile(type, () => readFileSync(join(folder, path)))];
        }),
    );
    return listed;
  };
  return {
    find: (name) => list().get(name),
    areBuilt: () => list().size > 0,
  };
}

async function sendNotBuilt(reply: FastifyReply): Promise<FastifyReply> {
  return await reply
    .code(503)
    .type(TEXT)
    .send("The documentation is not built: run npm run build, and load this page again.\n");
}
