import { once } from "node:events";

import { ownFault } from "../worker/attempt-failure.ts";
import { type CallbackTarget, type PolicyOf, createConnectionCache } from "./connection-cache.ts";
import type { DeliveryOutcome } from "../worker/outcome.ts";
import { parseProxy } from "./proxy-tunnel.ts";
import { type Deadline, createDeadline } from "./deadline.ts";
import type { HostResolver } from "./resolve-host.ts";
import { createUrlCheck } from "./check-again.ts";

export interface CallbackSender extends AsyncDisposable {
  /** Never rejects. `headers` in lower case; those that are ours (below) replace them. */
  send(
    target: CallbackTarget,
    headers: Readonly<Record<string, string>>,
    body: string,
    /** Default: application/json. */
    contentType?: string,
  ): Promise<DeliveryOutcome>;
}

export interface SenderOptions {
  /** One deadline over waiting for a connection, the name, connecting, TLS, the request and the whole answer. */
  readonly timeoutMs: number;
  readonly policyOf: PolicyOf;
  readonly resolver: HostResolver;
  /** `http://host:port`, with `user:password@` where it wants them: all callbacks leave through it. */
  readonly proxy?: string | undefined;
  readonly now: () => number;
}

const STOPPING = ownFault("no_network", "the service is stopping");

/**
 * Posts callbacks, past the guard and over connections that are kept open. Redirects are not followed.
 * @throws ConfigError when `proxy` is not an address of a proxy
 */
export function createCallbackSender(options: SenderOptions): CallbackSender {
  const { now, policyOf, resolver, timeoutMs } = options;
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy);
  const check = createUrlCheck(now);
  const targets = createConnectionCache({ resolver, proxy, timeoutMs }, policyOf, now);
  /** Of the requests under way. */
  const deadlines = new Set<Deadline>();
  let closed = false;

  async function attempt(
    target: CallbackTarget,
    headers: Readonly<Record<string, string>>,
    body: string,
    deadline: Deadline,
  ): Promise<DeliveryOutcome> {
    const checked = check(target.url, policyOf(target.owner));
    if (checked.kind === "refused") return checked;
    const { pathname, search } = checked.url;
    const request = { path: pathname + search, headers, body };
    return await targets.connectionsTo(target, checked).send(request, deadline);
  }

  return {
    async send(target, headers, body, contentType) {
      if (closed) return STOPPING;
      const deadline = createDeadline();
      deadlines.add(deadline);
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      try {
        const outcome = await attempt(target, withOurs(headers, contentType), body, deadline);
        if (target.owner !== undefined && !isAnswered(outcome)) await passed(deadline.signal());
        // What we broke off ourselves is not the receiver's doing.
        return closed && outcome.kind === "unreachable" ? STOPPING : outcome;
      } finally {
        clearTimeout(timer);
        deadlines.delete(deadline);
      }
    },

    async [Symbol.asyncDispose]() {
      closed = true;
      for (const deadline of deadlines) deadline.abort();
      await targets.destroy();
    },
  };
}

function isAnswered({ kind }: DeliveryOutcome): boolean {
  return kind === "delivered" || kind === "rejected";
}

/**
 * A subscriber's attempt without an answer takes the whole deadline, whatever went wrong: a name that does not exist, a closed
 * port, an address that the guard refuses would otherwise be told by how soon they are. It holds a place of its own endpoint.
 */
async function passed(deadline: AbortSignal): Promise<void> {
  if (!deadline.aborted) await once(deadline, "abort");
}

/** The endpoint's own headers never replace ours, and the Host header is always the one that was checked. */
function withOurs(
  headers: Readonly<Record<string, string>>,
  contentType = "application/json",
): Record<string, string> {
  const { host: _host, ...others } = headers;
  return {
    ...others,
    "content-type": contentType,
    "user-agent": "cliniko-webhooks",
    // What is not packed cannot be a bomb.
    "accept-encoding": "identity",
  };
}
