import type { Redis } from "ioredis";

import type { Keys } from "./keys.ts";

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

/** Append-only: nothing here changes or removes an entry. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first, those before `before`. */
  newest(limit: number, before?: string): Promise<readonly ListedAuditEntry[]>;
}

export function createAuditLog(redis: Redis, keys: Pick<Keys, "audit">): AuditLog {
  return {
    async append({ actor, action, target, fields, host, requestId }) {
      const who = ["actor", actor.id, "name", actor.name, "role", actor.role];
      const what = ["action", action, "target", target, "fields", fields.join(",")];
      const where = host === undefined ? [] : ["host", host];
      const why = requestId === undefined ? [] : ["request", requestId];
      await redis.xadd(keys.audit, "*", ...who, ...what, ...where, ...why);
    },

    async newest(limit, before) {
      const end = before === undefined ? "+" : `(${before}`;
      const entries = await redis.xrevrange(keys.audit, end, "-", "COUNT", limit);
      return entries.map(([position, pairs]) => toEntry(position, pairs));
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
