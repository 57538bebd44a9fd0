import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Secret } from "../../src/config/secret.ts";
import { type Keyring, createKeyring } from "../../src/store/sealing/keyring.ts";
import { makeErasureKey, openErasureKey } from "../../src/store/sealing/erasure-key.ts";

/** A folder for an erasure key, gone with this process. */
export function benchKeysFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cw-bench-keys-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Seals as the service does: what is about a patient with the patient's leaf too. */
export async function createBenchKeyring(): Promise<Keyring> {
  const folder = benchKeysFolder();
  await makeErasureKey(folder);
  const elapsedMs = (): number => performance.now();
  const erasureKey = openErasureKey({ folder, identityKey: randomBytes(32), elapsedMs });
  return createKeyring([{ id: "k1", key: new Secret(randomBytes(32).toString("base64")) }], erasureKey);
}
