import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import type { Connection } from "../../store/detection/connection-store.ts";

/** What came of finding out anew whose data answers. */
export interface WhoseLook {
  readonly outcome: "same" | "another" | "not_looked";
  readonly detail: string;
}

const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** Waits for what comes of an operator's asking whose data answers. Undefined: nobody had asked, or nothing was in doubt. */
export async function lookWhose(
  { connections, queues }: Pick<Base, "connections" | "queues">,
  { name: account, resources }: Pick<AccountConfig, "name" | "resources">,
): Promise<WhoseLook | undefined> {
  if (!(await connections.read(account)).owner?.asked) return undefined;
  for (const resource of resources) await queues.pollNow({ account, resource });
  const giveUpAt = performance.now() + WAIT_MS;
  for (;;) {
    const connection = await connections.read(account);
    const detail = findForeign(connection);
    const { owner } = connection;
    if (!owner?.asked) return { outcome: owner?.foreignHash === undefined ? "same" : "another", detail };
    if (performance.now() > giveUpAt) return { outcome: "not_looked", detail };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function findForeign({ problems }: Connection): string {
  return [...problems.values()].find(({ cause }) => cause === "another_clinic")?.detail ?? "";
}
