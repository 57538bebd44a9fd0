import { type KeyObject, createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";

/**
 * A verifier of Standard Webhooks for subscribers, v1 and v1a, in one file without imports of ours: it may be copied.
 * (The reference libraries know v1 alone: standard-webhooks issue 124.)
 */
export interface WebhookToVerify {
  /** `whsec_…` (v1) or `whpk_…` (v1a), 1 to 10 of them. Several during a rotation: any of them will do. */
  readonly secrets: readonly string[];
  /** As they came; capital letters make no difference. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes as they came, before any parsing. */
  readonly body: string | Uint8Array;
  readonly nowMs: number;
  /** How far the sender's clock may be from ours, either way. */
  readonly toleranceSeconds?: number;
}

export type Verification =
  | { readonly kind: "verified"; readonly id: string; readonly timestampSeconds: number }
  /** `check`: the first that failed. No reason repeats a secret or the body. */
  | {
      readonly kind: "refused";
      readonly check: "arguments" | "secrets" | "headers" | "timestamp" | "signature";
      readonly reason: string;
    };

/** What an endpoint with `body_signature` sends besides, for receivers that cannot do more. */
export interface BodyToVerify {
  /** `whsec_…`, 1 to 10 of them, as they were given out: their text is the key. */
  readonly secrets: readonly string[];
  /** The value of the header that was chosen: `sha256=` and 64 hexadecimal digits. */
  readonly signature: string | readonly string[] | undefined;
  /** The bytes as they came, before any parsing. */
  readonly body: string | Uint8Array;
}

export interface Jwks {
  readonly keys: readonly {
    readonly kty: string;
    readonly crv?: string;
    readonly x?: string;
    readonly kid?: string;
  }[];
}

type Refused = Extract<Verification, { kind: "refused" }>;

interface Signed {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

type Verifier = { readonly version: "v1" | "v1a"; readonly accepts: (signature: Buffer) => boolean };

const PUBLIC_KEY_BYTES = 32;
/** Of a v1 secret. Source: standard-webhooks spec v1.0.0. */
const SECRET_BYTES = { least: 24, most: 64 };
/** Secrets, and signatures in one header: a sender that rotates has a few. More would let a stranger choose our work. */
const MOST_KEYS = 10;
const MOST_ID_CHARACTERS = 256;
/** Longer than any list of ten signatures. */
const MOST_HEADER_CHARACTERS = 4_096;
/** Whole groups of four, padded: anything else is not what was given out, and would be read as something shorter. */
const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/;
/** An ed25519 public key in SPKI is this and the key. Source: RFC 8410. */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Never throws: what is not of these types is refused. The event's id (`webhook-id`) is the same for every attempt: use it
 * to drop what came before.
 */
export function verifyWebhook(request: WebhookToVerify): Verification {
  const fault = argumentsFault(request);
  if (fault !== undefined) return refused("arguments", fault);
  const { secrets, headers, body, nowMs, toleranceSeconds = 300 } = request;
  const signed = readHeaders(headers);
  if ("kind" in signed) return signed;
  const content = Buffer.concat([Buffer.from(`${signed.id}.${signed.timestamp}.`), Buffer.from(body)]);
  const verifiers = toVerifiers(secrets, content);
  if ("kind" in verifiers) return verifiers;
  const timestampSeconds = Number(signed.timestamp);
  const late = timestampFault(timestampSeconds, nowMs, toleranceSeconds);
  if (late) return late;
  return signatureFault(signed.signature, verifiers) ?? { kind: "verified", id: signed.id, timestampSeconds };
}

/**
 * Whether the body is the sender's. It says nothing of when it was sent, nor of the id in the headers: what was seen once can be sent
 * again, so drop what you have had by the id in the body. `verifyWebhook` says more. Never throws.
 */
export function verifyBody({ secrets, signature, body }: BodyToVerify): boolean {
  const [, given] = /^sha256=([0-9a-f]{64})$/.exec(typeof signature === "string" ? signature : "") ?? [];
  if (given === undefined || !Array.isArray(secrets) || secrets.length > MOST_KEYS) return false;
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return false;
  // An empty or a foreign secret would accept what anybody can sign.
  return secrets.some(
    (secret: unknown) =>
      typeof secret === "string" &&
      typeof toVerifier(secret, Buffer.alloc(0)) !== "string" &&
      secret.startsWith("whsec_") &&
      timingSafeEqual(createHmac("sha256", secret).update(body).digest(), Buffer.from(given, "hex")),
  );
}

/**
 * The keys of `/.well-known/jwks.json` as `secrets` of `verifyWebhook`. They are those of every endpoint of the service: name your own
 * by its `kid`, or what was signed for another receiver is taken for yours.
 */
export function secretsOfJwks({ keys }: Jwks, kids: readonly string[]): string[] {
  return keys
    .filter(
      ({ kty, crv, kid }) => kty === "OKP" && crv === "Ed25519" && kid !== undefined && kids.includes(kid),
    )
    .map(({ x = "" }) => `whpk_${Buffer.from(x, "base64url").toString("base64")}`);
}

/** JavaScript is not held to types: an environment variable that is not set, a body that a framework has parsed. */
function argumentsFault(request: Partial<Record<keyof WebhookToVerify, unknown>>): string | undefined {
  if (typeof request !== "object" || request === null) return "what is to be verified is not an object";
  const { secrets, headers, body, nowMs, toleranceSeconds = 300 } = request;
  if (!Array.isArray(secrets)) return "secrets is not a list";
  if (typeof headers !== "object" || headers === null) return "headers is not an object";
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    return "body is neither text nor bytes: give it as it came, before any parsing";
  }
  if (!Number.isFinite(nowMs)) return "nowMs is not a number";
  if (!(typeof toleranceSeconds === "number" && toleranceSeconds >= 0)) {
    return "toleranceSeconds is not a number from 0 up";
  }
  return undefined;
}

function refused(check: Refused["check"], reason: string): Refused {
  return { kind: "refused", check, reason };
}

function readHeaders(headers: WebhookToVerify["headers"]): Signed | Refused {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const text: unknown = Array.isArray(value) ? value.join(" ") : value;
    if (typeof text === "string" && text !== "") found.set(name.toLowerCase(), text.trim());
  }
  const [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    found.get(name),
  );
  if (!id) return refused("headers", "webhook-id is missing");
  if (!timestamp) return refused("headers", "webhook-timestamp is missing");
  if (!signature) return refused("headers", "webhook-signature is missing");
  // With one, another id and time could read as the same signed bytes.
  if (id.includes(".")) return refused("headers", "webhook-id has a dot in it");
  if (id.length > MOST_ID_CHARACTERS) return refused("headers", "webhook-id is too long");
  if (!/^\d{1,12}$/.test(timestamp)) return refused("headers", "webhook-timestamp is not unix seconds");
  if (signature.length > MOST_HEADER_CHARACTERS) return refused("headers", "webhook-signature is too long");
  return { id, timestamp, signature };
}

function timestampFault(
  timestampSeconds: number,
  nowMs: number,
  toleranceSeconds: number,
): Refused | undefined {
  const ageSeconds = Math.floor(nowMs / 1_000) - timestampSeconds;
  if (Math.abs(ageSeconds) <= toleranceSeconds) return undefined;
  const [by, way] = ageSeconds > 0 ? [ageSeconds, "old"] : [-ageSeconds, "in the future"];
  return refused(
    "timestamp",
    `the attempt is ${by} s ${way}, more than ${toleranceSeconds} s: a replay, or a clock is wrong`,
  );
}

function toVerifiers(secrets: readonly string[], content: Buffer): readonly Verifier[] | Refused {
  if (secrets.length === 0) return refused("secrets", "there is no secret to verify with");
  if (secrets.length > MOST_KEYS) return refused("secrets", `there are more than ${MOST_KEYS} secrets`);
  const verifiers: Verifier[] = [];
  for (const secret of secrets as readonly unknown[]) {
    if (typeof secret !== "string") return refused("secrets", "a secret is not set: it is not a text");
    const verifier = toVerifier(secret.trim(), content);
    if (typeof verifier === "string") return refused("secrets", verifier);
    verifiers.push(verifier);
  }
  return verifiers;
}

/** A text says what is wrong with the secret: an empty or a short one would accept what anybody can sign. */
function toVerifier(secret: string, content: Buffer): Verifier | string {
  if (secret.startsWith("whsk_")) return "a whsk_ key is the sender's: verify with its whpk_ key";
  if (secret.startsWith("whpk_")) {
    const key = openPublicKey(secret);
    if (!key) return "a whpk_ key is not 32 bytes in base64";
    return { version: "v1a", accepts: (signature) => verify(null, content, key, signature) };
  }
  const key = decode(secret.replace(/^whsec_/, ""));
  if (!key || key.length < SECRET_BYTES.least || key.length > SECRET_BYTES.most) {
    return `a whsec_ secret is not ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes in base64`;
  }
  const expected = createHmac("sha256", key).update(content).digest();
  return {
    version: "v1",
    accepts: (signature) => signature.length === expected.length && timingSafeEqual(signature, expected),
  };
}

function openPublicKey(secret: string): KeyObject | undefined {
  const bytes = decode(secret.slice("whpk_".length));
  if (bytes?.length !== PUBLIC_KEY_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: "der", type: "spki" });
}

/** Undefined: it is not base64 from beginning to end. */
function decode(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** One that fits is enough; versions that we have no secret for, and any that are yet to come, are passed over. */
function signatureFault(header: string, verifiers: readonly Verifier[]): Refused | undefined {
  const entries = header.split(/\s+/);
  if (entries.length > MOST_KEYS) {
    return refused("signature", `there are more than ${MOST_KEYS} signatures`);
  }
  const given = entries.map((entry) => {
    const comma = entry.indexOf(",");
    return {
      version: entry.slice(0, comma),
      signature: decode(entry.slice(comma + 1)) ?? Buffer.alloc(0),
    };
  });
  const ofKnownVersion = given.filter(({ version }) =>
    verifiers.some((verifier) => verifier.version === version),
  );
  if (ofKnownVersion.length === 0) {
    const wanted = [...new Set(verifiers.map(({ version }) => version))].join(" or ");
    return refused("signature", `no signature is of version ${wanted}, which the secret is for`);
  }
  const fits = ofKnownVersion.some(({ version, signature }) =>
    verifiers.some((verifier) => verifier.version === version && verifier.accepts(signature)),
  );
  return fits
    ? undefined
    : refused("signature", "no signature fits: another secret, or the body is not the bytes as they came");
}
