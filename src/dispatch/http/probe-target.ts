import { TLSSocket } from "node:tls";

import type { EndpointTls } from "../../config/endpoint-settings.ts";
import type { AttemptFailure } from "../worker/attempt-failure.ts";
import { type ConnectionDeps, createConnectionOpener } from "./open-connection.ts";
import { checkUrl } from "./target-guard.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

export type TargetProbe =
  | {
      readonly kind: "reached";
      /** The address that answered; the proxy's, where callbacks go out by one. */
      readonly address: string;
      /** When the receiver's certificate ends, unix ms; undefined: plain http. */
      readonly certificateUntil: number | undefined;
    }
  | AttemptFailure;

/**
 * Opens a connection the way a callback would, past the same guard, and closes it again: nothing is sent. Never rejects.
 */
export async function probeTarget(
  url: string,
  tls: EndpointTls | undefined,
  deps: ConnectionDeps,
): Promise<TargetProbe> {
  const checked = checkUrl(url, deps.policy);
  if (checked.kind === "refused") return checked;
  using limited = limitSignal([], deps.timeoutMs);
  const opened = await createConnectionOpener(checked, tls, deps)(limited.signal);
  if (opened.kind !== "open") return opened;
  const { socket } = opened;
  const until = socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) : Number.NaN;
  const address = socket.remoteAddress ?? "";
  socket.destroy();
  return { kind: "reached", address, certificateUntil: Number.isNaN(until) ? undefined : until };
}
