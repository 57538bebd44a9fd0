import type { CallbackTarget } from "../../src/dispatch/http/connection-cache.ts";
import { createHostResolver } from "../../src/dispatch/http/resolve-host.ts";
import {
  type CallbackSender,
  type SenderOptions,
  createCallbackSender,
} from "../../src/dispatch/http/send-callback.ts";
import { cidrs } from "./cidrs.ts";

export const NOW = Date.parse("2026-11-22T03:15:00Z");
export const HEADERS = { "webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,x" };
export const BODY = '{"type":"patient.updated","data":{"first_name":"Zoë 李"}}';

/** A sender that may call this machine, and knows no name unless `dns` names a server. */
export function createSender({
  ranges = ["127.0.0.1/32"],
  dns = "127.0.0.1:9",
  ...options
}: Partial<SenderOptions> & {
  readonly ranges?: readonly string[];
  readonly dns?: string;
} = {}): CallbackSender {
  return createCallbackSender({
    timeoutMs: 10_000,
    policyOf: () => ({ allowHttp: true, allowedRanges: cidrs(...ranges) }),
    resolver: createHostResolver({
      servers: [dns],
      timeoutMs: 5_000,
      lookup: async () => await noSuchName(),
    }),
    now: () => NOW,
    ...options,
  });
}

/** No test asks the machine's own name servers. */
async function noSuchName(): Promise<readonly string[]> {
  return await Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
}

export function targetOf(url: string, more: Partial<CallbackTarget> = {}): CallbackTarget {
  return { id: "crm", url, connections: 4, ...more };
}
