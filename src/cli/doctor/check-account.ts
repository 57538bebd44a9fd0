import type { Base } from "../../admin/base.ts";
import { baseUrlOf } from "../../cliniko/base-url.ts";
import { type ClinikoClient, createClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import { isResourceName, resources as RESOURCES } from "../../resources/registry.ts";
import type { AccountConfig } from "../../config/config.ts";
import { findPlan } from "../../pollers/scan/find-plan.ts";
import { createRequestBudget } from "../../store/detection/request-budget.ts";
import { SKEWED_MS } from "../../store/detection/connection-store.ts";
import { describeSkew } from "../../admin/assess/assess-storage.ts";
import { isNeverRead } from "../../store/detection/connection-store.ts";
import { remedyFor } from "../check/check-account.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

const TIMEOUT_MS = 10_000;
/** Requests are handed out one every 1.2 s as a rule, and the pollers take theirs in between. */
const MAX_BUDGET_WAIT_MS = 20_000;

/** Asks the upstream: whether the key works, which resources it may read, and what its clock says. */
export async function checkAccount(base: Base, account: AccountConfig): Promise<Finding[]> {
  const what = `account ${account.name}`;
  const { name, resources } = account;
  const baseUrl = account.baseUrl ?? baseUrlOf(account.apiKey.reveal());
  const { host } = new URL(baseUrl);
  await using client = createClient(base, account, baseUrl);
  const user = await client.currentUser();
  if (user.kind !== "ok") return [judgeFailure(what, `${host}: ${user.detail}`, user)];

  const { problems } = await base.connections.read(name);
  const skews: number[] = [];
  const watched: Pick<ClinikoClient, "listPage"> = {
    listPage: async (...request) => {
      const answer = await client.listPage(...request);
      if (answer.kind === "ok") skews.push(answer.page.date * 1_000 - base.now());
      return answer;
    },
  };
  const refused: Finding[] = [];
  let unread = 0;
  for (const resource of resources.filter(isResourceName)) {
    if (RESOURCES[resource].isComputed) continue;
    const since = Math.floor(base.now() / 1_000);
    using limited = limitSignal([], TIMEOUT_MS + MAX_BUDGET_WAIT_MS);
    const plan = await findPlan(watched, RESOURCES[resource], since, limited.signal);
    if (!("kind" in plan)) continue;
    unread += 1;
    // What it never could is in the verdict.
    if (isNeverRead(problems.get(resource)?.kind)) continue;
    refused.push(judgeFailure(`${name}/${resource}`, plan.detail, plan));
  }
  const readable = resources.length - unread;
  return [
    ok(
      what,
      `${host} knows the key: user ${user.userId}, reads ${readable} of ${resources.length} resources`,
    ),
    ...refused,
    ...skews.slice(0, 1).flatMap((skewMs) => judgeSkew(what, skewMs)),
  ];
}

function createClient(
  { config, keys, now, random, redis }: Base,
  account: AccountConfig,
  baseUrl: string,
): ClinikoClient {
  const { requestsPerMinute, budgetShare: share } = config.polling;
  const { apiKey } = account;
  return createClinikoClient({
    apiKey,
    baseUrl,
    contact: config.contact,
    budget: createRequestBudget(redis, keys, { apiKey, requestsPerMinute, share, now, random }),
    timeoutMs: TIMEOUT_MS,
    maxBudgetWaitMs: MAX_BUDGET_WAIT_MS,
    now,
    sleep: async (ms) => await new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

function judgeFailure(what: string, detail: string, failure: Failure): Finding {
  switch (failure.kind) {
    case "rate_limited":
      return warn(what, detail, remedyFor(failure));
    case "budget_spent":
      return warn(
        what,
        detail,
        "the service is using it up itself just now, as a first sync does: try again later",
      );
    case "forbidden": {
      const remedy = "let the key's user see it in Cliniko, or leave it out of the account's resources";
      return fail(what, detail, `${remedy} (docs/operations.md#permission_reduced)`);
    }
    case "not_found":
      return fail(
        what,
        detail,
        "Cliniko has no such list for this account: see docs/operations.md#not_offered",
      );
    case "another_clinic":
    case "unauthorized":
    case "bad_filter":
    case "unavailable":
    case "malformed":
    case "schema_changed":
      return fail(what, detail, remedyFor(failure));
  }
}

/** Watermarks are the upstream's own clock: a wrong one of ours costs no event, but every age that we show is wrong. */
function judgeSkew(what: string, skewMs: number): Finding[] {
  if (Math.abs(skewMs) <= SKEWED_MS) return [];
  const detail = `Cliniko's clock is ${describeSkew(skewMs)} this machine's`;
  return [warn(what, detail, "let this machine keep time (NTP): ages and signatures depend on it")];
}
