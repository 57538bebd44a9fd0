import { randomUUID } from "node:crypto";

import { runWhileReady } from "./run-while-ready.ts";
import { assessAll, readInstallation } from "../admin/accounts/overview.ts";
import type { Base } from "../admin/base.ts";
import { dashboardHome } from "../admin/notices/dashboard-home.ts";
import { createTelling } from "../admin/notices/look-and-tell.ts";
import { noticeWays } from "../dispatch/notices/send-notice.ts";
import { toError } from "../shared/errors.ts";
import { createNoticeStore } from "../store/detection/notice-store.ts";

/** What is wrong is told this much later at most, where nothing was told shortly before. */
const EVERY_MS = 30_000;

/** Tells people what needs one of them, where the configuration says how. Any process does it, one at a time. */
export function startNoticeWatch(base: Base, everyMs: number = EVERY_MS): AsyncDisposable {
  const { config, keys, now, redis, troubles } = base;
  const ways = noticeWays(config);
  if (ways.length === 0) return { [Symbol.asyncDispose]: async () => undefined };
  const tell = createTelling({
    assess: async () => assessAll(await readInstallation(base)),
    ways,
    store: createNoticeStore(redis, keys),
    troubles,
    holder: randomUUID(),
    home: dashboardHome(config),
    now,
  });
  return runWhileReady({
    redis,
    everyMs,
    run: tell,
    onError: (error) => {
      troubles.happened({ message: "not looked at what people are to be told", error: toError(error) });
    },
  });
}
