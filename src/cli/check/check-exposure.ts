import type { Config } from "../../config/config.ts";
import { isLoopback } from "../../dispatch/http/address-verdict.ts";
import { parseAddress } from "../../config/ip-address.ts";
import { type Finding, warn } from "../doctor/finding.ts";

/** What the configuration allows and should not: who can reach the service, and with what secrets. Pure. */
export function checkExposure({ encryptionKeys, ops, roles }: Config): Finding[] {
  const findings: Finding[] = [];
  if (roles.includes("ops") && ops.publicUrl === undefined && !isLocal(ops.host)) {
    findings.push(
      warn(
        "ops",
        `listens on ${ops.host} without ops.public_url: tokens and sessions go over plain http to whoever finds it`,
        "put a proxy with TLS before it and set ops.public_url, or set ops.host: 127.0.0.1",
      ),
    );
  }
  if (ops.token !== undefined && isWeakWord(ops.token.reveal())) {
    findings.push(warn("ops.token", "can be guessed", "make another: openssl rand -hex 24"));
  }
  for (const { id, key } of encryptionKeys) {
    if (!isWeakKey(Buffer.from(key.reveal(), "base64"))) continue;
    const remedy =
      "make another (openssl rand -base64 32), put it first, and run cliniko-webhooks keys rotate";
    findings.push(warn(`encryption key ${id}`, "is not random: it can be guessed", remedy));
  }
  return findings;
}

function isLocal(host: string): boolean {
  const address = parseAddress(host);
  return address ? isLoopback(address) : host === "localhost";
}

/** Words of examples and habit. */
const KNOWN_WORDS =
  /change.?me|replace|example|placeholder|passw|secret|token|admin|letmein|qwerty|default|test|demo|dummy|sample|your|cliniko|webhook|abc|123|xxx|000/g;
/** A hexadecimal word of the least length has seven or more different characters, but for one in a million. */
const LEAST_CHARACTERS = 7;

/** What is left of it without words that everybody would try is short, or of few characters. */
export function isWeakWord(word: string): boolean {
  const rest = word.toLowerCase().replaceAll(KNOWN_WORDS, "");
  return rest.length < 12 || new Set(rest).size < LEAST_CHARACTERS || isPeriodic(Buffer.from(rest));
}

/** 32 random bytes have 23 different values at least, but for one in ten million, and are not all letters. */
export function isWeakKey(key: Buffer): boolean {
  const isText = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  const steps = new Set([...key].slice(1).map((byte, index) => (byte - (key[index] ?? 0) + 256) % 256));
  return new Set(key).size < 20 || isText || steps.size < 8 || isPeriodic(key);
}

/** The same again and again. */
function isPeriodic(bytes: Buffer): boolean {
  const half = Math.floor(bytes.length / 2);
  return Array.from({ length: half }, (_, index) => index + 1).some((period) =>
    bytes.subarray(period).equals(bytes.subarray(0, bytes.length - period)),
  );
}
