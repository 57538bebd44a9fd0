import { z } from "zod";

import type { Problem } from "../shared/errors.ts";
import { type ConfigSources, secret } from "./config-fields.ts";
import { redisTlsReferences } from "./endpoint-tls.ts";
import { parseRedisUrl } from "./redis-url.ts";

/** What REDIS_URL has no room for: certificates, and who we are to the sentinels. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function redisSchema(sources: ConfigSources) {
  return z.strictObject({
    tls: redisTlsReferences(sources).optional(),
    sentinel: z
      .strictObject({
        username: z.string().min(1).max(200).optional(),
        password: secret(sources, "the password of the sentinels"),
      })
      .optional(),
  });
}

type PlaceOf = (path: readonly string[]) => Pick<Problem, "path" | "line">;

/** What is wrong with REDIS_URL, and what of the `redis` block nobody would look at with it. */
export function redisProblems(
  written: string | undefined,
  block: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
): Problem[] {
  const parsed = written?.trim() ? parseRedisUrl(written) : undefined;
  if (parsed?.kind === "refused") {
    return [{ path: "REDIS_URL", message: parsed.message, remedy: parsed.remedy }];
  }
  const at = parsed?.location;
  const idle = (name: string, message: string, remedy: string): Problem => ({
    ...placeOf(["redis", name]),
    message: at ? message : "is set, and REDIS_URL is not: the private Redis has no use for it",
    remedy: at ? remedy : "set REDIS_URL, or leave it out",
  });
  const problems: Problem[] = [];
  if (block["tls"] !== undefined && !(at && at.kind !== "socket" && at.tls)) {
    const remedy = "write rediss:// there (rediss+sentinel://, rediss+cluster://), or leave it out";
    problems.push(idle("tls", "is set, and REDIS_URL asks for no TLS", remedy));
  }
  if (block["sentinel"] !== undefined && at?.kind !== "sentinel") {
    const remedy = "write redis+sentinel://host1,host2,host3/mymaster/0 there, or leave it out";
    problems.push(idle("sentinel", "is set, and REDIS_URL names no sentinels", remedy));
  }
  return problems;
}
