import type { z } from "zod";

import { keyIdsOf, publicKeysOf } from "../../../admin/endpoints/endpoint-keys.ts";
import { waitingOf } from "../../../admin/assess/assess-endpoint.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import { type EndpointStatus, readEndpointStatus } from "../../../admin/endpoints/endpoint-status.ts";
import { pauserOf } from "../../../admin/endpoints/paused.ts";
import { maskedSettings } from "../../../admin/endpoints/masked-settings.ts";
import type { Base } from "../../../admin/base.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import type { Endpoint } from "../../../store/outbox/endpoint-store.ts";
import { toldReason } from "../../../admin/deliveries/told-failure.ts";
import type { endpointSchema, endpointWithSecretSchema } from "./endpoint-schemas.ts";

type EndpointAnswer = z.infer<typeof endpointSchema>;

/** An endpoint as a caller may see it. No secret is in it. */
export async function toEndpointAnswer(
  base: Pick<Base, "keys" | "now" | "redis">,
  caller: Caller,
  endpoint: Endpoint,
): Promise<EndpointAnswer> {
  const { id, source, owner, signingKeys, revision, createdAt, updatedAt } = endpoint;
  const {
    url,
    rateLimit,
    bodySignature,
    attempts,
    accounts,
    events,
    when,
    include,
    expand,
    format,
    localTime,
    headers,
    tls,
    ...settings
  } = maskedSettings(endpoint.settings);
  const [publicKeys, keyIds] = [publicKeysOf(signingKeys), keyIdsOf(signingKeys)];
  return {
    id,
    source,
    owner: owner ?? null,
    // The path and the query of a callback's URL may carry a token.
    url: caller.role === "viewer" ? new URL(url).origin : url,
    ...settings,
    events: [...events],
    accounts: accounts ? [...accounts] : null,
    when: [...when],
    include: [...include],
    format: format ?? "standard",
    expand: [...(expand ?? [])],
    local_time: localTime ?? false,
    headers: { ...headers },
    rate_limit: rateLimit ?? null,
    tls: tls ?? null,
    body_signature: bodySignature ?? null,
    attempts: attempts ?? null,
    signing_keys: signingKeys.map(({ kind, createdAt: since, expiresAt }, index) => ({
      signature: kind,
      public_key: publicKeys[index] ?? null,
      kid: keyIds[index] ?? null,
      created_at: new Date(since).toISOString(),
      expires_at: toIsoOrNull(expiresAt),
    })),
    status: toStatusAnswer(caller, await readEndpointStatus(base, endpoint)),
    paused: toPauseAnswer(caller, endpoint),
    revision,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  };
}

/** Which of the operator's people it was is not for subscribers. */
function toPauseAnswer(caller: Caller, endpoint: Endpoint): EndpointAnswer["paused"] {
  const { pausedAt, pausedBy } = endpoint;
  const by = pauserOf(endpoint);
  if (pausedAt === undefined || by === undefined) return null;
  const name = caller.role === "subscriber" && by === "operator" ? undefined : pausedBy?.name;
  return { since: new Date(pausedAt).toISOString(), by, name: name ?? null };
}

/** With what the newest key is verified with: for v1 that is the secret itself, and this is the only time it is told. */
export async function toAnswerWithSecret(
  base: Pick<Base, "keys" | "now" | "redis">,
  caller: Caller,
  endpoint: Endpoint,
): Promise<z.infer<typeof endpointWithSecretSchema>> {
  const [key] = endpoint.signingKeys;
  const [publicKey] = publicKeysOf(endpoint.signingKeys);
  return {
    ...(await toEndpointAnswer(base, caller, endpoint)),
    secret: key?.kind === "v1" ? key.secret : null,
    public_key: publicKey ?? null,
  };
}

/** Without what is for operators alone. */
export function toStatusAnswer(
  caller: Caller,
  { counts, reason, ...status }: EndpointStatus,
): EndpointAnswer["status"] {
  const [errorClass, answered] = toldReason(caller, reason)?.split(" ") ?? [];
  return {
    state: status.state,
    since: new Date(status.since).toISOString(),
    severity: status.assessment.severity,
    code: status.assessment.code,
    // `timeout`, or `status 503`.
    error_class: errorClass ?? null,
    error_status: answered === undefined ? null : Number(answered),
    failing_since: toIsoOrNull(status.failingSince),
    last_success_at: toIsoOrNull(status.lastSuccessAt),
    disables_at: toIsoOrNull(status.disablesAt),
    disabled_by: status.disabledBy ?? null,
    next_probe_at: toIsoOrNull(status.nextProbeAt),
    waiting: waitingOf(counts),
    parked: counts.parked,
    failed: counts.failed,
    delivered: counts.delivered,
    oldest_waiting_at: toIsoOrNull(status.oldestWaitingAt),
  };
}
