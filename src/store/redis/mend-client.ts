import type { Cluster, Redis as Single } from "ioredis";

/** Pause before a command that nobody could take is tried again, ms. */
export const AGAIN_MS = 200;

/**
 * ioredis goes on in database 0 when the one it asks for is refused, at a reconnection too. Such a connection is broken off
 * before anything is sent on it, and made again. So are the copies that BullMQ makes for itself.
 */
export function mendServer(redis: Single): Single {
  mendStrings();
  endAlways(redis);
  breakOffOnce(redis);
  writeTogether(redis);
  redis.on("error", (error: Error) => {
    if (isRefusedSelect(error)) redis.disconnect(true);
  });
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => mendServer(duplicate(override));
  return redis;
}

/** V8 puts right what it reads often: it took 49 times (Node 20), and 35 (22, 24). */
const READ_OFTEN = 500;

/**
 * ioredis makes a class of its own out of String. From then on V8 (Node 20 to 24) looks for each method of every string anew, wherever in
 * the process, and what a scan takes to normalise a record doubles. It is put right by methods being read off a String object.
 */
export function mendStrings(): void {
  const text: { readonly trim: unknown } = Object("");
  for (let reads = 0; reads < READ_OFTEN && text.trim !== undefined;) reads += 1;
}

/**
 * What is sent in one turn of the process goes out in one write: each costs more than the commands that it carries, and of many clinics
 * several are read at a time.
 */
function writeTogether(redis: Single): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...sent: Parameters<typeof send>) => {
    const { stream } = redis;
    if (stream?.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return send(...sent);
  };
}

export function isRefusedSelect(error: Error & { readonly command?: { readonly name?: string } }): boolean {
  return error.command?.name === "select";
}

/**
 * The client of a cluster fails what was on its way when the last of its nodes is gone. Here it waits for them to come back, as
 * it does for a single server.
 */
export function mendCluster(cluster: Cluster): Cluster {
  mendStrings();
  const handleError = cluster.handleError.bind(cluster);
  cluster.handleError = (error, ttl, handlers) => {
    const isLost = error.message === "Connection is closed." && cluster.status !== "ready";
    if (!isLost || cluster.status === "end") {
      handleError(error, ttl, handlers);
      return;
    }
    setTimeout(() => {
      if (cluster.status === "end") handlers.defaults();
      else handlers.connectionClosed();
    }, AGAIN_MS);
  };
  // Each node that ends after the last says once more that all are gone, and would take back that the client has ended.
  const setStatus: unknown = Reflect.get(cluster, "setStatus");
  Reflect.set(cluster, "setStatus", (status: string) => {
    const isOld = status === "close" && ["close", "end", "reconnecting"].includes(cluster.status);
    if (!isOld && typeof setStatus === "function") Reflect.apply(setStatus, cluster, [status]);
  });
  endAlways(cluster);
  settleConnect(cluster);
  // Without a listener it prints what it meets.
  cluster.on("error", () => undefined);
  const duplicate = cluster.duplicate.bind(cluster);
  cluster.duplicate = (nodes, override) => mendCluster(duplicate(nodes, override));
  return cluster;
}

/**
 * ioredis fails what still waits when the connection of an ended client closes. Between two attempts it has none to close, and what the
 * last but one had under way is forgotten: whoever waited would wait for ever, and so would what stops after them.
 */
function endAlways(redis: Single | Cluster): void {
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false) => {
    const isBetween = redis.status === "reconnecting";
    disconnect(reconnect);
    if (reconnect || !isBetween) return;
    const { status } = redis;
    // BullMQ ends a cluster's client and connects it anew in one step: that is left alone.
    setImmediate(() => {
      if (redis.status !== status) return;
      // So is called what has no connection and is to make none: it ends at once.
      redis.status = "wait";
      disconnect();
    });
  };
  redis.on("end", () => {
    const underWay: unknown = Reflect.get(redis, "prevCommandQueue");
    if (!isQueue(underWay)) return;
    for (let item = underWay.shift(); item; item = underWay.shift())
      item.command.reject(new Error("Connection is closed."));
  });
}

/**
 * Each command of a batch that a replica refuses asks for the connection to be made anew: once it is being broken off, it is. ioredis
 * waits for its end once for each of them, and Node warns of a leak.
 */
function breakOffOnce(redis: Single): void {
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false) => {
    const isUnderWay = redis.status === "ready" && redis.stream.writableEnded;
    if (!reconnect || !isUnderWay) disconnect(reconnect);
  };
}

interface CommandQueue {
  shift(): { readonly command: { reject(error: Error): void } } | undefined;
}

function isQueue(value: unknown): value is CommandQueue {
  return typeof value === "object" && value !== null && "shift" in value;
}

/**
 * What `connect` of a cluster's client promises is forgotten where the cluster is not ready at that moment: it is connected again, and
 * BullMQ's worker, which waits for the first promise, never takes up another job. Here it is kept when it is ready, or has ended.
 */
function settleConnect(cluster: Cluster): void {
  const connect = cluster.connect.bind(cluster);
  cluster.connect = async () => {
    const over = new AbortController();
    const isReady = new Promise<void>((resolve, reject) => {
      // What is said of an end may be of one before.
      const onEnd = (): void => {
        if (cluster.status === "end") reject(new Error("Connection is closed."));
      };
      cluster.on("ready", resolve).on("end", onEnd);
      over.signal.addEventListener("abort", () => cluster.off("ready", resolve).off("end", onEnd));
    });
    await Promise.race([connect(), isReady]).finally(() => over.abort());
  };
}
