import type { Redis } from "../redis/client.ts";

import { NOTE_KEPT, hourOf } from "./kept-bytes.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** One change that a person or a program of theirs made. No secret, header value, path of a URL or person of a clinic. */
export interface AuditEntry {
  /** Who: a token's id, `ops-token`, or `cli:<user of the system>`. */
  readonly actor: { readonly id: string; readonly name: string; readonly role: string };
  /** `endpoint.update`. */
  readonly action: string;
  /** Id of what was changed. */
  readonly target: string;
  /** Names of the settings that differ now. */
  readonly fields: readonly string[];
  /** Where it points now, if that has changed: the host alone. */
  readonly host?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface ListedAuditEntry extends AuditEntry {
  /** Grows with time. */
  readonly position: string;
  /** Unix ms, by the clock of Redis. */
  readonly at: number;
}

/** Append-only: nothing here changes or removes an entry, but that the oldest go when there are more than `MOST_AUDIT_ENTRIES`. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first, those before `before`. */
  newest(limit: number, before?: string): Promise<readonly ListedAuditEntry[]>;
  /** Oldest first, those after `after`: how it is shipped elsewhere. */
  oldest(limit: number, after?: string): Promise<readonly ListedAuditEntry[]>;
  /** How many there are. */
  count(): Promise<number>;
}

/** Some 40 MB, and years of what people do. Status, doctor and metrics tell from four fifths on: see assess-storage.ts. */
export const MOST_AUDIT_ENTRIES = 250_000;

/** In Redis, besides its words: what was measured. */
const ENTRY_BYTES = 60;

/** And (field value)…: `bytes` 0 counts for nobody. Whole nodes go: a few more than `most` stay. */
const APPEND = defineScript(
  { keys: ["audit", "kept"], args: ["most", "hour", "bytes"] },
  `${NOTE_KEPT}
redis.call('XADD', audit, 'MAXLEN', '~', most, '*', unpack(ARGV, MORE + 1))
if bytes ~= '0' then noteKept(kept, hour, bytes) end
return 1`,
);

export function createAuditLog(
  redis: Redis,
  keys: Pick<Keys, "audit" | "kept">,
  now: () => number = Date.now,
  most: number = MOST_AUDIT_ENTRIES,
): AuditLog {
  return {
    async append({ actor, action, target, fields, host, requestId }) {
      const who = ["actor", actor.id, "name", actor.name, "role", actor.role];
      const what = ["action", action, "target", target, "fields", fields.join(",")];
      const where = host === undefined ? [] : ["host", host];
      const why = requestId === undefined ? [] : ["request", requestId];
      const pairs = [...who, ...what, ...where, ...why];
      // What a subscriber does is counted with the line itself, whatever way it was done.
      const bytes = actor.role === "subscriber" ? ENTRY_BYTES + pairs.join("").length : 0;
      await APPEND.run(redis, {
        keys: { audit: keys.audit, kept: keys.kept(actor.id) },
        args: { most, hour: hourOf(now()), bytes },
        more: pairs,
      });
    },

    async newest(limit, before) {
      const end = before === undefined ? "+" : `(${before}`;
      const entries = await redis.xrevrange(keys.audit, end, "-", "COUNT", limit);
      return entries.map(([position, pairs]) => toEntry(position, pairs));
    },

    async oldest(limit, after) {
      const entries = await redis.xrange(
        keys.audit,
        after === undefined ? "-" : `(${after}`,
        "+",
        "COUNT",
        limit,
      );
      return entries.map(([position, pairs]) => toEntry(position, pairs));
    },

    async count() {
      return await redis.xlen(keys.audit);
    },
  };
}

function toEntry(position: string, pairs: readonly string[]): ListedAuditEntry {
  const values = new Map<string, string>();
  for (let at = 0; at + 1 < pairs.length; at += 2) values.set(pairs[at] ?? "", pairs[at + 1] ?? "");
  const fields = values.get("fields") ?? "";
  return {
    position,
    at: Number(position.split("-")[0]),
    actor: {
      id: values.get("actor") ?? "",
      name: values.get("name") ?? "",
      role: values.get("role") ?? "",
    },
    action: values.get("action") ?? "",
    target: values.get("target") ?? "",
    fields: fields === "" ? [] : fields.split(","),
    host: values.get("host"),
    requestId: values.get("request"),
  };
}
