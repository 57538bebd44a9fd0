import type { Overview } from "../../api/answers.ts";
import { TONES } from "../../components/status/source-kind.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { formatResource } from "../../components/format/format-resource.ts";
import type { Trouble } from "./trouble.ts";

type Issue = Overview["verdict"]["issues"][number];

/** What is about none of them is about Redis, but for these. */
const OWN_NAMES: Readonly<Partial<Record<Issue["code"], string>>> = {
  sign_ins_failing: "Sign-ins",
  audit_log_full: "The audit log",
};

/** Codes by which lists of accounts can be narrowed. */
const STATES: readonly string[] = ["key_revoked", "degraded", "permission_reduced", "schema_changed"];

/** What the service says is not as it should be, in its order: it is the service that judges, here it is only told. */
export function findTrouble({ endpoints, verdict }: Overview): readonly Trouble[] {
  const groups = new Map<string, Issue[]>();
  for (const issue of verdict.issues) {
    // What an account suffers from is one thing, however many kinds of record it has.
    const key = issue.resource === null ? nameOf(issue, endpoints) : (issue.account ?? "");
    const of = `${issue.severity} ${issue.code} ${key}`;
    groups.set(of, [...(groups.get(of) ?? []), issue]);
  }
  const found = [...groups.values()].flatMap(([first, ...others]) =>
    first ? [toTrouble(first, others, endpoints)] : [],
  );
  const left = verdict.critical + verdict.warning + verdict.notice - verdict.issues.length;
  if (left <= 0) return found;
  const more = { name: formatCount(left, "more thing"), words: "not as they should be" };
  return [
    ...found,
    { tone: TONES[verdict.severity] === "bad" ? "bad" : "warn", ...more, since: null, path: "/accounts" },
  ];
}

/** How many things need a person now, as the badge beside the navigation and the browser's tab count them. */
export function countTrouble(overview: Overview): number {
  return findTrouble(overview).filter(({ tone }) => tone === "bad").length;
}

function toTrouble(issue: Issue, others: readonly Issue[], endpoints: Overview["endpoints"]): Trouble {
  const { account, code, detail, endpoint, resource, severity, since } = issue;
  // A key is the account's, and a guard holds all of it.
  const kinds = [issue, ...others].map((one) => formatResource(one.resource ?? "").toLowerCase());
  const whole = resource === null || code === "key_revoked" || code === "account_quarantined";
  const path =
    endpoint !== null
      ? `/endpoints/${encodeURIComponent(endpoint)}`
      : account === null
        ? "/system"
        : `/accounts/${encodeURIComponent(account)}`;
  return {
    tone: TONES[severity] === "bad" ? "bad" : "warn",
    name: whole ? nameOf(issue, endpoints) : `${account ?? ""}: ${kinds.join(", ")}`,
    words: code.replace(/^(?:endpoint|account|source|storage|poll)_/, "").replaceAll("_", " "),
    since,
    more: detail,
    path: code === "deliveries_parked" ? `${path}/deliveries` : path,
    ...amongOf(issue),
  };
}

function nameOf(
  { account, code, endpoint, process, queue, role }: Issue,
  { shown }: Overview["endpoints"],
): string {
  if (endpoint !== null)
    return `Endpoint ${shown.find(({ id }) => id === endpoint)?.description || endpoint}`;
  if (account !== null) return `Account ${account}`;
  if (role !== null) return `Role ${role}`;
  if (process !== null) return `Process ${process}`;
  if (queue !== null) return `Queue ${queue}`;
  return OWN_NAMES[code] ?? "Redis";
}

/** Where many suffer from the same: the list of them. */
function amongOf({ account, code, endpoint }: Issue): Pick<Trouble, "among"> {
  if (endpoint !== null) {
    const [, state] = /^endpoint_(.*)/.exec(code) ?? [];
    return { among: { many: "endpoints", path: state ? `/endpoints?state=${state}` : "/endpoints" } };
  }
  if (account === null) return {};
  const state = code === "account_quarantined" ? "quarantined" : STATES.includes(code) ? code : "trouble";
  return { among: { many: "accounts", path: `/accounts?state=${state}` } };
}
