import { createPublicKey, verify } from "node:crypto";

const TOLERANCE_SECONDS = 300;
const MOST_SIGNATURES = 10;
const PUBLIC_KEY_BYTES = 32;
/** An ed25519 public key in SPKI is this and the key. Source: RFC 8410. */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

export interface SignedCallback {
  readonly headers: Readonly<Record<string, unknown>>;
  /** The bytes as they came. */
  readonly body: Buffer;
  /** `whpk_…` */
  readonly publicKeys: readonly string[];
  readonly nowMs: number;
}

/**
 * Standard Webhooks, v1a: whether a signature over `id.timestamp.body` is by one of the keys, and was made just now. It stands here
 * and is not imported, for n8n takes no community node that brings another package along.
 */
export function isSigned({ headers, body, publicKeys, nowMs }: SignedCallback): boolean {
  const read = (name: string) => (typeof headers[name] === "string" ? headers[name] : "");
  const [id, timestamp] = [read("webhook-id"), read("webhook-timestamp")];
  // With a dot in it another id and time could read as the same signed bytes.
  if (id === "" || id.includes(".") || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Math.floor(nowMs / 1_000) - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const given = read("webhook-signature")
    .split(" ", MOST_SIGNATURES)
    .filter((entry) => entry.startsWith("v1a,"))
    .map((entry) => Buffer.from(entry.slice("v1a,".length), "base64"));
  return publicKeys.some((text) => {
    const bytes = Buffer.from(text.replace(/^whpk_/, ""), "base64");
    if (bytes.length !== PUBLIC_KEY_BYTES) return false;
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: "der", type: "spki" });
    return given.some((signature) => verify(null, content, key, signature));
  });
}
