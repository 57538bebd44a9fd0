import type { Base } from "../../admin/base.ts";
import { parseProxy } from "../../dispatch/http/proxy-tunnel.ts";
import { type TargetProbe, probeTarget } from "../../dispatch/http/probe-target.ts";
import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { createGuard } from "../../dispatch/http/sending.ts";
import { formatSpan } from "../../admin/format-span.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const DAY_MS = 86_400_000;
/** Long enough to order a new one, and after the day on which ACME clients renew theirs. */
const ENDS_SOON_MS = 14 * DAY_MS;

/** Opens a connection to an endpoint as a callback would, and sends nothing. */
export async function checkEndpointTarget(
  { config, now }: Pick<Base, "config" | "now">,
  id: string,
  { url, tls, owner }: Pick<EndpointSettings, "url" | "tls"> & Pick<Endpoint, "owner">,
): Promise<Finding> {
  const { proxy, timeoutMs } = config.delivery;
  const { policyOf, resolver } = createGuard(config);
  const probe = await probeTarget(url, tls, {
    policy: policyOf(owner),
    resolver,
    proxy: proxy === undefined ? undefined : parseProxy(proxy.reveal()),
    timeoutMs,
  });
  return judgeProbe(`way to ${id}`, URL.parse(url)?.host ?? "(unreadable URL)", probe, now());
}

/** Pure. */
export function judgeProbe(what: string, host: string, probe: TargetProbe, now: number): Finding {
  switch (probe.kind) {
    case "reached": {
      const { address, certificateUntil: until } = probe;
      const reached = `${host} answers at ${address}`;
      if (until === undefined) return ok(what, reached);
      const detail = `${reached}, certificate until ${toIsoSeconds(until)} (${formatSpan(until - now)})`;
      return until - now < ENDS_SOON_MS
        ? warn(what, detail, "the receiver's certificate is to be renewed: without it every callback fails")
        : ok(what, detail);
    }
    case "refused": {
      const remedy = "delivery.allow_http and delivery.allow_private open what lies in your own network";
      return fail(what, `${host}: ${probe.detail}`, `${remedy} (docs/operations.md#refused_by_guard)`);
    }
    case "unreachable":
    case "own_fault":
      return fail(
        what,
        `${host}: ${probe.errorClass}: ${probe.detail}`,
        `see docs/operations.md#${probe.errorClass}`,
      );
  }
}
