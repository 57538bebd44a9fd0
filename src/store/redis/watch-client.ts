import type { Cluster } from "ioredis";

import { type RedisNode, placeOf } from "./client.ts";

export interface Outages {
  /** Told once when the connection is lost (of a cluster: to one of its nodes), and once when it is back. */
  readonly onOutage: ((outage: { readonly lost: boolean; readonly detail: string }) => void) | undefined;
}

/** What a connection met last, in its own words; undefined: nothing. */
export interface Faults {
  last(): string | undefined;
}

/** Listens for errors: without a listener ioredis prints each itself. */
export function watchServer(redis: RedisNode, { onOutage }: Outages): Faults {
  let last: string | undefined;
  let wasReady = false;
  let lost = false;
  // One of several that knows nothing is no outage, but it says why nobody else was found.
  redis.on("sentinelError", (error: Error) => {
    last = error.message;
  });
  redis.on("error", (error: Error) => {
    if (!error.message.startsWith("All sentinels are unreachable")) last = error.message;
    if (lost || !wasReady) return;
    lost = true;
    onOutage?.({ lost, detail: error.message });
  });
  redis.on("ready", () => {
    wasReady = true;
    if (!lost) return;
    lost = false;
    onOutage?.({ lost, detail: "connected again" });
  });
  return { last: () => last };
}

const LOOK_AGAIN_MS = 500;
/** How often each node that takes writes is asked whether it answers, and in vain before that is told. */
const ASK_EVERY_MS = 1_000;
const SILENT_LOOKS = 4;

/**
 * The client of a cluster goes on without a node and says so to nobody. Lost: a node that takes writes is gone. Back: every slot has a
 * primary again, and each of them answers.
 */
export function watchCluster(cluster: Cluster, { onOutage }: Outages): Faults {
  let last: string | undefined;
  let wasReady = false;
  let looking: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    if (cluster.status === "end") return;
    if (await isWhole(cluster)) {
      looking = undefined;
      onOutage?.({ lost: false, detail: "every slot is served again" });
    } else lookSoon();
  };
  const lookSoon = (): void => {
    looking = setTimeout(() => void look(), LOOK_AGAIN_MS);
    looking.unref();
  };
  const lose = (detail: string): void => {
    if (looking || !wasReady) return;
    onOutage?.({ lost: true, detail });
    lookSoon();
  };
  cluster.on("node error", (error: Error, node: string) => {
    last = `${error.message} (${node})`;
    // A replica that is gone costs nothing now.
    if (cluster.nodes("master").some((one) => placeOf(one) === node)) lose(last);
  });
  // One that hangs breaks no connection: what is asked of it waits.
  const silent = new Map<RedisNode, number>();
  const ask = (): void => {
    for (const node of cluster.nodes("master")) {
      const looks = silent.get(node);
      if (looks === undefined) {
        silent.set(node, 0);
        void node
          .ping()
          .catch(() => undefined)
          .then(() => silent.delete(node));
      } else {
        silent.set(node, looks + 1);
        if (looks + 1 >= SILENT_LOOKS) lose(`no answer (${placeOf(node)})`);
      }
    }
  };
  const asking = onOutage && setInterval(ask, ASK_EVERY_MS);
  asking?.unref();
  cluster.on("close", () => lose(last ?? "no node of the cluster answers"));
  cluster.on("end", () => {
    clearTimeout(looking);
    clearInterval(asking);
  });
  cluster.on("ready", () => {
    wasReady = true;
  });
  return { last: () => last };
}

async function isWhole(cluster: Cluster): Promise<boolean> {
  if (cluster.status !== "ready") return false;
  try {
    const info = await cluster.cluster("INFO");
    if (!info.includes("cluster_state:ok")) return false;
    const nodes = cluster.nodes("master");
    await Promise.all(nodes.map(async (node) => await node.ping()));
    // Until another has taken over, its slots are still those of the node that is gone.
    const owners = new Set(cluster.slots.map(([owner]) => owner));
    const present = new Set(nodes.map(({ options }) => `${options.host}:${options.port}`));
    return [...owners].every((owner) => owner !== undefined && present.has(owner));
  } catch {
    return false;
  }
}
