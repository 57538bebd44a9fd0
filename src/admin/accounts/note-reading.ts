import type { Base } from "../base.ts";
import { linksOf } from "../../diff/links.ts";
import { resourceOf, resources } from "../../resources/registry.ts";
import { isRecord } from "../../shared/is-record.ts";
import type { Caller } from "../access/caller.ts";

/** How somebody came to see something. */
export type Way = "api" | "dashboard" | "cli";

export interface Reading {
  readonly via: Way;
  /** The operation's name in the API. */
  readonly what: string;
  /** What was shown, or is about to be: whatever names records in it is noted. */
  readonly shown: unknown;
}

/**
 * Writes down whose data somebody is about to be shown, a line an account. Call it before it is shown: what cannot be written
 * down is not shown. What names nobody leaves no line.
 */
export async function noteReading(
  { access, now }: Pick<Base, "access" | "now">,
  { id: who, requestId: request }: Pick<Caller, "id" | "requestId">,
  { via, what, shown }: Reading,
): Promise<void> {
  const lines = [...subjectsIn(shown)].map(([account, subjects]) => ({
    at: now(),
    who,
    via,
    what,
    subjects: [...subjects],
    ...(account === "" ? {} : { account }),
    ...(request === undefined ? {} : { request }),
  }));
  await Promise.all(lines.map(async (line) => await access.record(line)));
}

/** What tells of the service itself. */
const NO_PERSON = new Set(["connection", "endpoint"]);

/** What a record holds, which may look like anything, and what is made up. */
const VALUES = new Set(["fields", "object", "previous", "current", "diff", "example", "examples"]);

/** By account, the records that an answer names: `subject: { type, id }` with its `account`, at any depth. */
export function subjectsIn(shown: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const walk = (value: unknown, account: string): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, account);
    // Made up where nothing is recorded.
    if (!isRecord(value) || value["recorded"] === false) return;
    const within = typeof value["account"] === "string" ? value["account"] : account;
    const { subject } = value;
    if (
      isRecord(subject) &&
      typeof subject["type"] === "string" &&
      typeof subject["id"] === "string" &&
      !NO_PERSON.has(subject["type"])
    ) {
      const subjects = found.get(within) ?? new Set<string>();
      found.set(within, subjects.add(`${subject["type"]}/${subject["id"]}`));
      for (const other of relatedIn(subject["type"], value["data"])) subjects.add(other);
    }
    for (const [name, one] of Object.entries(value)) {
      if (!VALUES.has(name)) walk(one, within);
    }
  };
  walk(shown, "");
  return found;
}

/** The records that came along with an event. A link that may lead to two kinds of record says not to which it does: both are named. */
function relatedIn(subject: string, data: unknown): readonly string[] {
  const resource = resourceOf(subject);
  const related = isRecord(data) ? data["related"] : undefined;
  if (!resource || !isRecord(related)) return [];
  return [...linksOf(resource)].flatMap(([name, targets]) => {
    const record = related[name];
    const id = isRecord(record) ? record["id"] : undefined;
    return typeof id === "string" ? targets.map((target) => `${resources[target].subject}/${id}`) : [];
  });
}
