/** Clinics in which nothing happens, many of them, in a process of their own: each below a path of its own. Notes when it is asked for what. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { answerParent } from "./child.ts";
import { quantile } from "./figures.ts";

export type ClinicsRequest =
  | { readonly kind: "listen" }
  /** From now on an answer takes so long, ms, and none comes from those whose names are given. */
  | { readonly kind: "behave"; readonly latencyMs: number; readonly hanging?: readonly string[] }
  /** Forgets what was counted, and which lists were asked for; what was asked for last is still known, for the gaps. */
  | { readonly kind: "reset" }
  /** Answers once so many lists of clinics have been asked for since then, or (`polled`) for what has changed since. */
  | { readonly kind: "wait"; readonly lists: number; readonly polled: boolean }
  | { readonly kind: "report" };

export interface ClinicsAnswer {
  readonly port?: number;
  readonly report?: ClinicsReport;
}

export interface ClinicsReport {
  readonly requests: number;
  /** Those that ask for what has changed: one a poll. */
  readonly polls: number;
  /** Between two polls of one list, ms; of clinics that do not hang. */
  readonly gapP50Ms: number;
  readonly gapP95Ms: number;
  readonly gapMaxMs: number;
  /** When the first list was asked for, half of all and the last of them, each for the first time, unix ms. */
  readonly firstAt: number;
  readonly halfAt: number;
  readonly lastAt: number;
}

const started = new Map<string, number>();
const polled = new Map<string, number>();
let latencyMs = 20;
let hanging: ReadonlySet<string> = new Set();
let requests = 0;
let polls = 0;
let gaps: number[] = [];
let waits: { readonly lists: number; readonly of: ReadonlyMap<string, number>; readonly tell: () => void }[] =
  [];

function note(account: string, path: string, isPoll: boolean): void {
  const list = `${account}/${path}`;
  const at = Date.now();
  if (!started.has(list)) started.set(list, at);
  if (isPoll) {
    polls += 1;
    const before = polled.get(list);
    if (before !== undefined && !hanging.has(account)) gaps.push(at - before);
    polled.set(list, at);
  }
  for (const wait of waits) if (wait.of.size >= wait.lists) wait.tell();
  waits = waits.filter(({ lists, of }) => of.size < lists);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://clinics");
  const [, account = "", , path = ""] = pathname.split("/");
  requests += 1;
  const isWho = path === "user" || path === "settings";
  if (!isWho)
    note(
      account,
      path,
      searchParams.getAll("q[]").some((one) => one.startsWith("updated_at:")),
    );
  if (!isWho && hanging.has(account)) return;
  const about = { id: account, role: "administrator", account: { id: account } };
  const body = JSON.stringify(isWho ? about : { [path]: [], total_entries: 0, links: {} });
  setTimeout(() => {
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  }, latencyMs);
});

answerParent(async (request: ClinicsRequest): Promise<ClinicsAnswer> => {
  switch (request.kind) {
    case "listen": {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return { port: (server.address() as AddressInfo).port };
    }
    case "behave":
      ({ latencyMs } = request);
      hanging = new Set(request.hanging);
      return {};
    case "reset":
      requests = 0;
      polls = 0;
      gaps = [];
      started.clear();
      return {};
    case "wait": {
      const { lists } = request;
      const of = request.polled ? polled : started;
      if (of.size < lists) await new Promise<void>((tell) => waits.push({ lists, of, tell }));
      return {};
    }
    case "report": {
      const times = [...started.values()];
      return {
        report: {
          requests,
          polls,
          gapP50Ms: quantile(gaps, 0.5),
          gapP95Ms: quantile(gaps, 0.95),
          gapMaxMs: Math.max(0, ...gaps.slice(-100_000)),
          firstAt: Math.min(...times),
          halfAt: quantile(times, 0.5),
          lastAt: Math.max(...times),
        },
      };
    }
  }
});
