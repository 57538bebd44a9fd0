import type { Config } from "../../config/config.ts";
import { type NoticeOutcome, type NoticeWay, noticeWays } from "../../dispatch/notices/send-notice.ts";
import { dashboardHome } from "./dashboard-home.ts";
import { testNotice } from "./write-notice.ts";

export type TriedWay = NoticeOutcome & Pick<NoticeWay, "name">;

/** Sends a test on every way that is configured. */
export async function sendTestNotices(config: Config): Promise<readonly TriedWay[]> {
  const notice = testNotice(dashboardHome(config));
  return await tryAll(config, async (way) => await way.send(notice));
}

/** Whether notices could be sent, as far as that is known without sending one. */
export async function checkNotices(config: Config): Promise<readonly TriedWay[]> {
  return await tryAll(config, async (way) => await way.check());
}

async function tryAll(
  config: Config,
  work: (way: NoticeWay) => Promise<NoticeOutcome>,
): Promise<readonly TriedWay[]> {
  return await Promise.all(noticeWays(config).map(async (way) => ({ name: way.name, ...(await work(way)) })));
}
