import { NEVER_READ } from "../../admin/assess/assess-source.ts";
import { remedyOf } from "../../admin/assess/remedies.ts";
import { baseUrlOf } from "../../cliniko/base-url.ts";
import { type ClinikoClient, createClinikoClient } from "../../cliniko/client.ts";
import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { DAYS_A_REQUEST } from "../../cliniko/available-times.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import { bestPlan } from "../../cliniko/reading-plan.ts";
import type { AccountConfig, Config } from "../../config/config.ts";
import { NEVER_READ_AFTER } from "../../pollers/connection/never-read.ts";
import { OFFER_SHARE } from "../../pollers/availability/read-availability.ts";
import { promiseMsOf } from "../../pollers/schedule/promise.ts";
import { type ResourceName, isResourceName, resources as RESOURCES } from "../../resources/registry.ts";
import { isReadWhole } from "../../resources/resource.ts";
import type { Finding } from "../doctor/finding.ts";
import { counted } from "../terminal/counted.ts";

/**
 * Asks for the key's user and for one record of each resource: what the key may read, how much there is, and what reading it will
 * cost. One request each, out of no budget: nothing is kept.
 */
export async function checkAccount(config: Config, account: AccountConfig): Promise<Finding[]> {
  const what = `account ${account.name}`;
  const baseUrl = account.baseUrl ?? baseUrlOf(account.apiKey.reveal());
  await using client = createClinikoClient({
    apiKey: account.apiKey,
    baseUrl,
    contact: config.contact,
    budget: { take: async () => 0, freeInMs: async () => 0, blockUntil: async () => undefined },
    timeoutMs: 10_000,
    maxBudgetWaitMs: 0,
    now: Date.now,
    sleep: async () => undefined,
  });
  const { host } = new URL(baseUrl);
  const user = await client.currentUser();
  if (user.kind !== "ok") return [refused(what, `${host}: ${user.detail}`, user)];
  const readable: Counted[] = [];
  const others: Finding[] = [];
  for (const resource of account.resources.filter(isResourceName)) {
    if (RESOURCES[resource].isComputed) continue;
    const answer = await count(client, resource);
    if (!("kind" in answer)) readable.push(answer);
    else {
      others.push(judge(account.name, resource, answer));
      if (answer.kind === "rate_limited") break;
    }
  }
  const reads = `reads ${readable.length} of ${counted(readable.length + others.length, "resource")}`;
  const detail = `${host} knows the key: user ${user.userId}; ${reads}${describeCost(config, account, readable)}`;
  return [{ what, verdict: "ok", detail }, ...others];
}

interface Counted {
  readonly resource: ResourceName;
  /** As Cliniko counts; 0 where it does not say. */
  readonly records: number;
}

async function count(client: ClinikoClient, resource: ResourceName): Promise<Counted | Failure> {
  const definition = RESOURCES[resource];
  const {
    order,
    passes: [all],
  } = bestPlan(definition);
  // Where wildcards are refused, what is not hidden must do: another plan will be found.
  for (const shows of [all?.shows ?? [], []]) {
    const pass = { since: undefined, shows, variant: undefined };
    const request = { pass, order, since: undefined, after: undefined, pageSize: 1 } as const;
    const answer = await client.listPage(definition, request);
    if (answer.kind === "ok") return { resource, records: answer.page.totalEntries ?? 0 };
    if (answer.kind !== "bad_filter" || shows.length === 0) return answer;
  }
  throw new RangeError("the last of them is answered");
}

function describeCost(
  { polling }: Config,
  { availableTimes, fromNowOn }: AccountConfig,
  readable: readonly Counted[],
): string {
  if (readable.length === 0) return "";
  const records = readable.reduce((sum, one) => sum + one.records, 0);
  const pages = readable.reduce((sum, one) => sum + (fromNowOn.includes(one.resource) ? 1 : pagesOf(one)), 0);
  const share = polling.requestsPerMinute * polling.budgetShare;
  const perMinute = readable.reduce(
    (sum, one) => sum + (60_000 * requestsAPoll(one)) / promiseMsOf(polling, one.resource),
    0,
  );
  const weeks = availableTimes.reduce((sum, { days }) => sum + Math.ceil(days / DAYS_A_REQUEST), 0);
  const ofTimes = Math.min(share * OFFER_SHARE, (60_000 * weeks) / promiseMsOf(polling, "available_times"));
  const minutes = Math.max(1, Math.ceil(pages / share));
  const first = `first sync ${counted(pages, "request")}, about ${minutes} min`;
  const quiet = Math.min(share, Math.max(1, Math.round(perMinute + ofTimes)));
  return `, ${counted(records, "record")}; ${first}${describeHuge(readable, fromNowOn)}, then about ${quiet} of our ${share} requests a minute`;
}

/** What is left out of the first sync, and what could be. */
function describeHuge(readable: readonly Counted[], fromNowOn: readonly string[]): string {
  const left = readable.filter(({ resource }) => fromNowOn.includes(resource));
  const huge = readable.filter(
    (one) => RESOURCES[one.resource].isHuge && !left.includes(one) && pagesOf(one) >= MANY_PAGES,
  );
  const parts = [
    ...(left.length > 0 ? [`without ${namesOf(left)}, which begin now`] : []),
    ...(huge.length > 0
      ? [
          `${huge.reduce((sum, one) => sum + pagesOf(one), 0)} of them for ${namesOf(huge)}: from_now_on leaves those out`,
        ]
      : []),
  ];
  return parts.length > 0 ? ` (${parts.join("; ")})` : "";
}

/** A minute of the usual share. */
const MANY_PAGES = 50;

function namesOf(list: readonly Counted[]): string {
  return list.map(({ resource }) => resource).join(", ");
}

/** Each of its lists is a request at least. */
function pagesOf({ records, resource }: Counted): number {
  const [, ...more] = bestPlan(RESOURCES[resource]).passes;
  return Math.max(1, Math.ceil(records / PAGE_SIZE)) + more.length;
}

/** A poll that finds nothing is one request, unless everything is read each time. */
function requestsAPoll(one: Counted): number {
  return isReadWhole(RESOURCES[one.resource]) ? pagesOf(one) : 1;
}

function judge(account: string, resource: ResourceName, failure: Failure): Finding {
  const what = `${account}/${resource}`;
  const code = NEVER_READ_AFTER.get(failure.kind);
  if (!code) return refused(what, failure.detail, failure);
  const remedy = remedyOf({ code, subject: { kind: "source", account, resource } }) ?? "";
  return { what, verdict: "warn", detail: `${failure.detail}: ${NEVER_READ[code]}`, remedy };
}

function refused(what: string, detail: string, failure: Failure): Finding {
  return { what, verdict: "FAIL", detail: `${detail}; ${remedyFor(failure)}` };
}

/** What to do when Cliniko does not answer as it should. */
export function remedyFor(failure: Failure): string {
  switch (failure.kind) {
    case "unauthorized":
      return "the key is wrong, revoked, or of another shard: make a new one in Cliniko under My info → Manage API keys";
    case "forbidden":
      return "the key's user may not use the API: ask the clinic's administrator";
    case "rate_limited":
    case "budget_spent":
      return "another tool has used up the key's requests: try again in a minute";
    case "not_found":
    case "bad_filter":
    case "malformed":
    case "schema_changed":
      return "this does not look like Cliniko's API: check base_url";
    case "another_clinic":
      return "another clinic answers: check the key and base_url";
    case "unavailable":
      return "check the network, a proxy or status.cliniko.com";
  }
}
