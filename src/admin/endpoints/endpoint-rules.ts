import { NAMEABLE } from "../nameable.ts";
import type { Config } from "../../config/config.ts";
import { type EndpointRules, NEEDS_V1, parseEndpointSettings } from "../../config/endpoint-schema.ts";
import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import { ENDPOINT_SUBJECT } from "../../diff/event-types.ts";
import { type TargetPolicy, checkUrl } from "../../dispatch/http/target-guard.ts";
import { ConfigError, type Problem } from "../../shared/errors.ts";
import { targetPolicyOf } from "../../dispatch/http/sending.ts";
import { type Caller, accountsOf, maySeeSensitive, ownerOf } from "../access/caller.ts";
import { MASK } from "./masked-settings.ts";
import { type NameOf, type Refusal, invalid } from "../access/refusal.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";

/** What an endpoint's settings are checked against. A caller's own accounts are all that there are. */
export function rulesOf(caller: Caller, config: Config): EndpointRules {
  return { ...NAMEABLE, accounts: accountsOf(caller, config), allowHttp: config.delivery.allowHttp };
}

/** Settings as somebody wrote them, in the words of the configuration file, once they are right and allowed to the caller. `owner`: whose the endpoint is. */
export function parseSettings(
  caller: Caller,
  config: Config,
  written: Readonly<Record<string, unknown>>,
  nameOf: NameOf,
  owner = ownerOf(caller),
): { readonly kind: "settings"; readonly settings: EndpointSettings } | Refusal {
  // Kept with the endpoint: an account that its subscriber is given later is not taken along unasked.
  const accounts = caller.role === "subscriber" ? accountsOf(caller, config) : undefined;
  const whole = { ...written, accounts: written["accounts"] ?? accounts };
  try {
    const settings = parseEndpointSettings(whole, "the settings", rulesOf(caller, config), nameOf);
    const problems = [
      ...maskProblems(settings, nameOf),
      ...targetProblems(caller, targetPolicyOf(config, owner), settings, nameOf),
      ...sensitiveProblems(caller, settings, nameOf),
      ...(caller.role === "subscriber" ? subscriberProblems(settings, nameOf) : []),
    ];
    return problems.length > 0 ? { kind: "invalid", problems } : { kind: "settings", settings };
  } catch (error) {
    if (error instanceof ConfigError) return { kind: "invalid", problems: error.problems };
    throw error;
  }
}

/**
 * What the guard would refuse by the URL alone is refused when it is given. What a name leads to is judged at every attempt:
 * it may change. A subscriber is not told which networks are closed to it.
 */
function targetProblems(
  caller: Caller,
  policy: TargetPolicy,
  { url }: EndpointSettings,
  nameOf: NameOf,
): Problem[] {
  const verdict = checkUrl(url, policy);
  if (verdict.kind === "ok") return [];
  const path = nameOf(["url"]);
  return caller.role === "subscriber"
    ? [{ path, message: "is not an address that may be called", remedy: "give a public https address" }]
    : [
        {
          path,
          message: `may not be called: ${verdict.detail}`,
          remedy: "give a public address, or open single networks by delivery.allow_private",
        },
      ];
}

/** What was shown masked and comes back as it was shown would take the place of the secret. */
function maskProblems({ headers, tls }: EndpointSettings, nameOf: NameOf): Problem[] {
  const places = Object.entries(headers).map(([name, value]) => ({ path: ["headers", name], value }));
  if (tls?.key !== undefined) places.push({ path: ["tls", "key"], value: tls.key });
  return places
    .filter(({ value }) => value === MASK)
    .map(({ path }) => ({
      path: nameOf(path),
      message: `is "${MASK}", which stands for a value that is not shown`,
      remedy: "give the value itself, or leave the whole setting out to keep it",
    }));
}

/** Also of a filter that is only tried: its samples would show them. */
function sensitiveProblems(caller: Caller, { include }: EndpointSettings, nameOf: NameOf): Problem[] {
  if (include.length === 0 || maySeeSensitive(caller)) return [];
  return [
    {
      path: nameOf(["include"]),
      message: "asks for sensitive fields, which this token may not have",
      remedy: "leave it out, or ask the operator for a token that may",
    },
  ];
}

function subscriberProblems({ events }: EndpointSettings, nameOf: NameOf): Problem[] {
  const problems: Problem[] = [];
  for (const [index, pattern] of events.entries()) {
    // They tell of every endpoint of the installation, whosever it is.
    if (pattern.split(".")[0] !== ENDPOINT_SUBJECT) continue;
    problems.push({
      path: nameOf(["events", index]),
      message: "is about the endpoints of the whole installation, and for its operator alone",
      remedy: "leave it out: read the state of your own endpoints instead",
    });
  }
  return problems;
}

/** A signature of the body alone is made with a secret that both know. @param kind of the newest key */
export function signatureFault(
  { bodySignature }: EndpointSettings,
  kind: SigningKey["kind"] | undefined,
  nameOf: NameOf,
): Refusal | undefined {
  if (bodySignature === undefined || kind === "v1") return undefined;
  return invalid(nameOf(["body_signature"]), NEEDS_V1.message, NEEDS_V1.remedy);
}
