/** The service as it is started, in a process of its own. Tells what memory it takes, and how long nothing else got a turn. */
import { monitorEventLoopDelay } from "node:perf_hooks";

import { type App, startApp } from "../../src/app/app.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { answerParent } from "./child.ts";
import { type WrittenConfig, readWritten } from "./delivery-setup.ts";

export type ServiceRequest =
  | { readonly kind: "start"; readonly socketPath: string; readonly written: WrittenConfig }
  /** The most since the last `look`. */
  | { readonly kind: "look" }
  /** The same without asking Redis for anything. */
  | { readonly kind: "glance" };

export interface ServiceAnswer {
  readonly rssBytes: number;
  readonly heldMs: number;
  readonly cpuMs: number;
  /** Of each resource, whether it has been read whole. */
  readonly live: Readonly<Record<string, boolean>>;
}

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let app: App | undefined;
let most = 0;
setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 20);

answerParent(async (request: ServiceRequest): Promise<ServiceAnswer> => {
  if (request.kind === "start") {
    const config = readWritten(request.written);
    app = await startApp({
      config,
      logger: createLogger("silent"),
      redis: { socketPath: request.socketPath },
    });
  }
  const { system, user } = process.cpuUsage();
  const answer = { rssBytes: most, heldMs: delay.max / 1e6, cpuMs: (user + system) / 1_000 };
  most = 0;
  delay.reset();
  const sources = request.kind === "look" ? ((await app?.status()) ?? []) : [];
  return {
    ...answer,
    live: Object.fromEntries(sources.map(({ resource, cursor }) => [resource, cursor?.phase === "live"])),
  };
});
