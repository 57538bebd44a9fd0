/** The service as it is started, in a process of its own. Tells what memory it takes, and how much processor time it took between two turns. */
import { type App, startApp } from "../../src/app/app.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { answerParent } from "./child.ts";
import { type WrittenConfig, readWritten } from "./delivery-setup.ts";

export type ServiceRequest =
  | { readonly kind: "start"; readonly socketPath: string; readonly written: WrittenConfig }
  /** The most since the last `look`: from the first on it is watched. */
  | { readonly kind: "look" }
  /** The same without asking Redis for anything. */
  | { readonly kind: "glance" };

export interface ServiceAnswer {
  readonly rssBytes: number;
  readonly heldMs: number;
  readonly cpuMs: number;
  /** Of each account's resource, whether it has been read whole. */
  readonly live: Readonly<Record<string, boolean>>;
}

let app: App | undefined;
let most = 0;
let held = 0;
let watching = false;

/** It takes processor time itself: where only sums are asked for (`glance`), it is not begun. */
function watch(): void {
  if (watching) return;
  watching = true;
  let usedBefore = process.cpuUsage();
  let before = performance.now();
  // By the clock a process waits for its turn, too, and by its processor's time others of its threads work beside it: it was held for
  // less than either.
  setInterval(() => {
    const { system, user } = process.cpuUsage(usedBefore);
    const now = performance.now();
    held = Math.max(held, Math.min((user + system) / 1_000, now - before));
    usedBefore = process.cpuUsage();
    before = now;
  }, 5);
  setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
}

answerParent(async (request: ServiceRequest): Promise<ServiceAnswer> => {
  if (request.kind === "start") {
    const config = readWritten(request.written);
    app = await startApp({
      config,
      logger: createLogger("silent"),
      redis: { socketPath: request.socketPath },
    });
  }
  if (request.kind === "look") watch();
  const { system, user } = process.cpuUsage();
  const answer = {
    rssBytes: Math.max(most, process.memoryUsage.rss()),
    heldMs: held,
    cpuMs: (user + system) / 1_000,
  };
  most = 0;
  held = 0;
  const sources = request.kind === "look" ? ((await app?.status()) ?? []) : [];
  return {
    ...answer,
    live: Object.fromEntries(
      sources.map(({ account, resource, cursor }) => [`${account}/${resource}`, cursor?.phase === "live"]),
    ),
  };
});
