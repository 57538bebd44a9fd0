import { z } from "zod";

import { type ConfigSources, duration, problem, referenced } from "./config-fields.ts";
import { entryName } from "./known-names.ts";
import { addressRange, nameServer } from "./network-address.ts";
import { Secret } from "./secret.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** How callbacks go out, whatever the endpoint. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function deliverySchema(sources: ConfigSources) {
  return z.strictObject({
    timeout: duration(SECOND, MINUTE).default(15 * SECOND),
    allow_http: z.boolean().default(false),
    /** For the operator's own endpoints. */
    allow_private: z.array(addressRange()).max(100).default([]),
    /** For those of single subscribers. */
    allow_private_for: z.record(entryName("subscriber"), z.array(addressRange()).max(100)).default({}),
    proxy: proxy(sources).optional(),
    dns_servers: z.array(nameServer()).min(1).max(10).optional(),
    concurrency: movedTo("endpoints.<name>.concurrency", "each endpoint has places of its own now"),
  });
}

/** How long is kept what can be recovered or looked up. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function retentionSchema() {
  const kept = duration(DAY, 3_650 * DAY);
  return z.strictObject({
    events: kept.default(30 * DAY),
    attempts: kept.default(90 * DAY),
    access: kept.default(365 * DAY),
  });
}

/** May stand in the file as it is, unless it carries a password. */
function proxy(sources: ConfigSources): z.ZodType<Secret> {
  return z
    .unknown()
    .superRefine((written, context) => {
      const url = typeof written === "string" ? URL.parse(written) : null;
      if (!url?.username && !url?.password) return;
      problem(
        context,
        "carries a password in the file itself",
        "write { env: NAME } or { file: /path } instead",
      );
    })
    .pipe(referenced(sources, "the proxy's address", { literal: true }))
    .transform((address, context) => {
      const url = URL.parse(address);
      if (url?.protocol === "http:" && url.hostname && url.pathname === "/" && !url.search && !url.hash) {
        return new Secret(address);
      }
      return problem(
        context,
        "is not the address of an HTTP proxy",
        "write it like http://proxy.example:3128",
      );
    });
}

/** A setting of an earlier release: it is not just unknown. */
function movedTo(place: string, why: string): z.ZodOptional<z.ZodType<undefined>> {
  return z
    .unknown()
    .transform((value, context) =>
      value === undefined ? undefined : problem(context, `has moved to ${place}`, `write it there: ${why}`),
    )
    .optional();
}
