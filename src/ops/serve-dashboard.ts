import { access, readFile } from "node:fs/promises";
import { join } from "node:path";

import staticFiles from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { pathBefore } from "../config/http-url.ts";
import { type FaultDeps, answerError, sendProblem } from "./api/answer-errors.ts";
import { packageFile } from "../shared/package-file.ts";
import { type ApiError, notFound } from "./api/api-error.ts";
import { pageHeaders } from "./page-headers.ts";

export interface DashboardOptions {
  /** Where `npm run build` has put it: index.html, and assets/ beside it. */
  readonly folder: string;
  /** Where people reach it; https there makes browsers come by https alone. */
  readonly publicUrl: string | undefined;
  readonly faults: FaultDeps;
}

export const BUILT_DASHBOARD = packageFile("dist/dashboard");

const YEAR_MS = 365 * 24 * 60 * 60_000;

/** The name of one file, without a way to another folder. */
const FILE_NAME = /^[\w-]+(\.[\w-]+)+$/;

/**
 * The dashboard's files, for anyone: what they show they ask the API for. Give it a scope of its own, with `/ops` before it.
 * An address within the dashboard that is no file gets its page, which then shows what the address names.
 */
export async function registerDashboard(scope: FastifyInstance, options: DashboardOptions): Promise<void> {
  const { folder, publicUrl, faults } = options;
  const below = pathBefore(publicUrl);
  const headers = pageHeaders(publicUrl);
  scope.setErrorHandler(async (error, request, reply) => {
    await answerError(faults, error, request, reply);
  });
  scope.setNotFoundHandler(async (request, reply) => {
    await sendProblem(reply, noPage(request), request.id);
  });
  scope.addHook("onRequest", async (_request, reply) => {
    reply.headers(headers);
  });
  await scope.register(staticFiles, { serve: false, preCompressed: true, dotfiles: "ignore" });

  scope.get("/assets/:name", async (request: FastifyRequest<{ Params: { name: string } }>, reply) => {
    const { name } = request.params;
    if (!FILE_NAME.test(name)) throw noPage(request);
    // The name changes with the contents.
    return await reply.sendFile(`assets/${name}`, folder, { immutable: true, maxAge: YEAR_MS });
  });

  scope.get("/*", async (request: FastifyRequest<{ Params: { "*": string } }>, reply) => {
    const path = request.params["*"];
    // Kept, and asked for again each time: a new release may have another one.
    reply.header("cache-control", "no-cache");
    if (path !== "session" && (request.headers.accept ?? "").includes("text/html")) {
      // Not kept at all: with it a browser would keep what the page showed when somebody went elsewhere, and show it again
      // on the way back, to whoever sits there by then.
      reply.header("cache-control", "no-store");
      if (!(await isBuilt(folder))) return await sendNotBuilt(reply);
      if (below === "") return await reply.sendFile("index.html", folder, { cacheControl: false });
      // It names its files from the host's root on; they name each other by where they are.
      const page = await readFile(join(folder, "index.html"), "utf8");
      return await reply
        .type("text/html; charset=utf-8")
        .send(page.replaceAll(/(?<=(?:src|href)=")(?=\/ops\/)/g, below));
    }
    if (!FILE_NAME.test(path)) throw noPage(request);
    return await reply.sendFile(path, folder, { cacheControl: false });
  });
}

/** Looked at each time: it may be built while the service runs. */
async function isBuilt(folder: string): Promise<boolean> {
  return await access(join(folder, "index.html")).then(
    () => true,
    () => false,
  );
}

async function sendNotBuilt(reply: FastifyReply): Promise<FastifyReply> {
  return await reply
    .code(503)
    .type("text/plain; charset=utf-8")
    .send("The dashboard is not built: run npm run build, and load this page again.\n");
}

function noPage({ url }: FastifyRequest): ApiError {
  return notFound("page", url.split("?")[0] ?? "");
}
