import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import type { KeyState } from "../../store/detection/connection-store.ts";

/** What came of looking at a key that Cliniko had refused. */
export interface KeyLook {
  /** unanswered: Cliniko said neither yes nor no · not_looked: no service polls, or it is not through yet. */
  readonly outcome: "accepted" | "refused" | "unanswered" | "not_looked";
  /** What Cliniko said, for a person. */
  readonly detail: string;
  /** When it was last looked at, unix ms. */
  readonly at: number;
}

/** How long whoever asks waits for what comes of it, and how often they look. */
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Has a refused key looked at now, and waits for what comes of it. The service asks Cliniko, not the caller: no key is ever
 * looked at by two. Undefined: the key is not refused.
 */
export async function lookAtKey(
  { connections, queues }: Pick<Base, "connections" | "queues">,
  { name: account, resources }: Pick<AccountConfig, "name" | "resources">,
): Promise<KeyLook | undefined> {
  const before = await askFor(connections, account);
  if (!before) return undefined;
  for (const resource of resources) await queues.pollNow({ account, resource });
  const giveUpAt = performance.now() + WAIT_MS;
  for (;;) {
    const { key } = await connections.read(account);
    if (!key || key.state === "ok") return { outcome: "accepted", detail: "", at: key?.checkedAt ?? 0 };
    if (!key.asked && !key.looking) return toLook(before, key);
    if (performance.now() > giveUpAt) {
      return { outcome: "not_looked", detail: key.detail, at: key.checkedAt };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function toLook(before: KeyState, { checkedAt: at, detail, refusedAt }: KeyState): KeyLook {
  return { outcome: refusedAt === before.refusedAt ? "unanswered" : "refused", detail, at };
}

/** Undefined: there is nothing to ask for. */
async function askFor(connections: Base["connections"], account: string): Promise<KeyState | undefined> {
  for (;;) {
    const read = await connections.read(account);
    const { key } = read;
    if (!key || key.state === "ok") return undefined;
    if (await connections.change(account, read, { key: { ...key, asked: true } }, undefined)) return key;
  }
}
