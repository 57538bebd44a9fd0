import { parseCidr } from "../../config/cidr.ts";
import type { Config } from "../../config/config.ts";
import type { PolicyOf } from "./connection-cache.ts";
import { type OwnPlaces, createOwnPlaces } from "./own-places.ts";
import { type HostResolver, createHostResolver } from "./resolve-host.ts";
import { createCallbackSender } from "./send-callback.ts";
import type { SendDeps } from "./send-event.ts";
import { createSigner } from "../signing/sign.ts";
import type { TargetPolicy } from "./target-guard.ts";
import type { ReleaseStack } from "../../shared/release-stack.ts";

/** Time for one look-up, part of the one deadline over the whole attempt. */
const DNS_TIMEOUT_MS = 5_000;

/**
 * Where callbacks may go: one for making endpoints, checks, tests and deliveries. The operator's ranges are open to the operator's
 * endpoints; to a subscriber's, those that the operator has opened to it by name.
 */
export function targetPolicyOf(
  config: Pick<Config, "delivery" | "ops" | "redisUrl">,
  owner: string | undefined,
  own: Pick<OwnPlaces, "find"> = createOwnPlaces(config),
): TargetPolicy {
  const { allowHttp, allowPrivate, allowPrivateFor } = config.delivery;
  const ranges = owner === undefined ? allowPrivate : (allowPrivateFor.get(owner) ?? []);
  const allowedRanges = ranges.flatMap((text) => {
    const reading = parseCidr(text);
    return reading.kind === "cidr" ? [reading.cidr] : [];
  });
  return { allowHttp, allowedRanges, own };
}

/** The policy for each owner of endpoints, and what finds the addresses that it judges. */
export function createGuard(
  config: Config,
  own = createOwnPlaces(config),
): { readonly policyOf: PolicyOf; readonly resolver: HostResolver } {
  const { dnsServers: servers } = config.delivery;
  // It is asked before every attempt, and the configuration stays what it is.
  const known = new Map<string | undefined, TargetPolicy>();
  return {
    policyOf: (owner) => {
      const policy = known.get(owner) ?? targetPolicyOf(config, owner, own);
      known.set(owner, policy);
      return policy;
    },
    resolver: createHostResolver({ servers, timeoutMs: DNS_TIMEOUT_MS }),
  };
}

/** What it takes to send an event. */
export function createSending(
  stack: ReleaseStack,
  { config, now, own }: { readonly config: Config; readonly now: () => number; readonly own?: OwnPlaces },
): SendDeps {
  const { timeoutMs, proxy } = config.delivery;
  const sender = stack.use(
    createCallbackSender({ timeoutMs, now, proxy: proxy?.reveal(), ...createGuard(config, own) }),
  );
  return { sender, signer: createSigner(), now };
}
