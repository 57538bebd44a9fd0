import type { Base } from "./base.ts";
import { parseCidr } from "./config/cidr.ts";
import type { Config } from "./config/config.ts";
import { type HostResolver, createHostResolver } from "./dispatch/resolve-host.ts";
import { createCallbackSender } from "./dispatch/send-callback.ts";
import type { SendDeps } from "./dispatch/send-event.ts";
import { createSigner } from "./dispatch/sign.ts";
import type { TargetPolicy } from "./dispatch/target-guard.ts";
import type { ReleaseStack } from "./release-stack.ts";

/** Source: delivery.md §8.5. */
const DNS_TIMEOUT_MS = 5_000;

/** Where callbacks may go: one for making endpoints, checks, tests and deliveries. */
export function targetPolicyOf({ delivery }: Pick<Config, "delivery">): TargetPolicy {
  const allowedRanges = delivery.allowPrivate.flatMap((text) => {
    const reading = parseCidr(text);
    return reading.kind === "cidr" ? [reading.cidr] : [];
  });
  return { allowHttp: delivery.allowHttp, allowedRanges };
}

/** The policy, and what finds the addresses that it judges. */
export function createGuard(config: Config): {
  readonly policy: TargetPolicy;
  readonly resolver: HostResolver;
} {
  const { dnsServers: servers } = config.delivery;
  return {
    policy: targetPolicyOf(config),
    resolver: createHostResolver({ servers, timeoutMs: DNS_TIMEOUT_MS }),
  };
}

/** What it takes to send an event. */
export function createSending(stack: ReleaseStack, { config, now }: Pick<Base, "config" | "now">): SendDeps {
  const { timeoutMs, proxy } = config.delivery;
  const sender = stack.use(
    createCallbackSender({ timeoutMs, now, proxy: proxy?.reveal(), ...createGuard(config) }),
  );
  return { sender, signer: createSigner(), now };
}
