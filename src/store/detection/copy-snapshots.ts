import type { Redis } from "../redis/client.ts";

import { sealSnapshot } from "./account-store.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { decodeSnapshot, sealedPartOf, snapshotContext } from "./snapshot-codec.ts";

const BATCH = 200;

/**
 * What is remembered of an account's records, under another name: each is sealed to where it stands. Safe to repeat; what is
 * there under the old name stays. @throws UnreadableRecordError with the configured keys one cannot be opened: nothing is lost
 */
export async function copySnapshots(
  redis: Redis,
  keys: Pick<Keys, "snapshots">,
  keyring: Keyring,
  { from, to, resource }: { readonly from: string; readonly to: string; readonly resource: string },
): Promise<void> {
  let cursor = "0";
  do {
    const [next, entries] = await redis.hscanBuffer(keys.snapshots(from, resource), cursor, "COUNT", BATCH);
    cursor = next.toString();
    const copies: (string | Buffer)[] = [];
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const [field, bytes] = entries.slice(at, at + 2);
      if (!field || !bytes) continue;
      // Of somebody who was forgotten: nobody could open the copy either.
      if (keyring.isErased(sealedPartOf(bytes).sealed)) continue;
      const id = field.toString();
      const snapshot = decodeSnapshot(keyring, snapshotContext(from, resource, id), bytes);
      copies.push(id, sealSnapshot(keyring, { account: to, resource, id }, snapshot));
    }
    if (copies.length > 0) await redis.hset(keys.snapshots(to, resource), ...copies);
  } while (cursor !== "0");
}
