import { isDeepStrictEqual } from "node:util";

import type { EndpointConfig } from "../../config/config.ts";
import { ConfigError } from "../../shared/errors.ts";
import type { Endpoint, EndpointChange, EndpointStore, PausedBy, SigningKey } from "./endpoint-store.ts";

/** What became of the configuration file's endpoints. Ids. */
export interface FileSync {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  /** No longer in the file: held back from now on. Their deliveries wait until they are put back or deleted. */
  readonly leftOut: readonly string[];
  /** In the file, and held back by a person or because they were left out before: worth a warning. */
  readonly paused: readonly string[];
  /** Kept, and nobody can open it: left alone, since a person may have paused it. Worth a warning. */
  readonly unreadable: readonly string[];
}

const LEFT_OUT: PausedBy = { role: "operator", id: "file", name: "left out of the configuration file" };

type Stored = Pick<Endpoint, "settings" | "signingKeys">;

/**
 * Brings the endpoints of the configuration file into the store, where delivery finds them beside those made at run
 * time. Writes only what differs, so that several processes may do it at once, and keeps what is not the file's to
 * decide: when an endpoint was made and whether it is paused.
 * @throws ConfigError when a name is taken by an endpoint made at run time; nothing has been written then.
 */
export async function syncFileEndpoints(
  store: EndpointStore,
  configured: readonly EndpointConfig[],
  now: () => number,
): Promise<FileSync> {
  const known = await store.list();
  refuseTakenNames(configured, known);
  const unreadable = new Set(await store.unreadable());
  const done = { created: [] as string[], changed: [] as string[], paused: [] as string[] };
  for (const endpoint of configured) {
    if (unreadable.has(endpoint.name)) continue;
    const { what, paused } = await bringIn(store, endpoint, now);
    if (what !== "same") done[what].push(endpoint.name);
    if (paused) done.paused.push(endpoint.name);
  }
  const leftOut: string[] = [];
  for (const { id, source, pausedAt } of known) {
    const inFile = configured.some(({ name }) => name === id);
    if (source !== "file" || inFile || pausedAt !== undefined) continue;
    const pause = (endpoint: Endpoint): EndpointChange | undefined =>
      endpoint.source === "file" && endpoint.pausedAt === undefined
        ? { pausedAt: now(), pausedBy: LEFT_OUT }
        : undefined;
    if ((await store.update(id, pause)) !== "unknown") leftOut.push(id);
  }
  return { ...done, leftOut, unreadable: [...unreadable] };
}

/**
 * Makes those of the file's endpoints that are missing, whoever removed them, and touches no other. Resolves to their ids.
 * @throws ConfigError when a name is taken by an endpoint made at run time
 */
export async function restoreFileEndpoints(
  store: EndpointStore,
  configured: readonly EndpointConfig[],
  present: ReadonlySet<string>,
  now: () => number,
): Promise<string[]> {
  const missing = configured.filter(({ name }) => !present.has(name));
  const made: string[] = [];
  for (const endpoint of missing) {
    if ((await bringIn(store, endpoint, now)).what === "created") made.push(endpoint.name);
  }
  return made;
}

function refuseTakenNames(configured: readonly EndpointConfig[], known: readonly Endpoint[]): void {
  const taken = configured.filter(({ name }) =>
    known.some(({ id, source }) => id === name && source === "api"),
  );
  if (taken.length > 0) throw takenError(taken.map(({ name }) => name));
}

function takenError(names: readonly string[]): ConfigError {
  return new ConfigError(
    "the configuration",
    names.map((name) => ({
      path: `endpoints.${name}`,
      message: "has the name of an endpoint that was made at run time",
      remedy: `give it another name in the file, or remove the other one: cliniko-webhooks endpoints delete ${name}`,
    })),
  );
}

async function bringIn(
  store: EndpointStore,
  { name: id, settings, signingKeys }: EndpointConfig,
  now: () => number,
): Promise<{ readonly what: "created" | "changed" | "same"; readonly paused: boolean }> {
  for (;;) {
    let what: "changed" | "same" = "same";
    const updated = await store.update(id, (endpoint) => {
      if (endpoint.source === "api") throw takenError([id]); // made since the list was read
      const next = { settings, signingKeys: toSigningKeys(signingKeys, endpoint.signingKeys, now()) };
      what = isSame(next, endpoint) ? "same" : "changed";
      return what === "same" ? undefined : next;
    });
    if (updated !== "unknown" && updated !== "stale") return { what, paused: updated.pausedAt !== undefined };
    const fresh = {
      id,
      source: "file" as const,
      settings,
      signingKeys: toSigningKeys(signingKeys, [], now()),
    };
    if ((await store.create(fresh)) !== "exists") return { what: "created", paused: false };
    // Another process was faster: what it has brought in is compared next.
  }
}

/** A secret that was there before keeps its age. None expires: the file says how long a former one signs. */
function toSigningKeys(
  configured: EndpointConfig["signingKeys"],
  former: readonly SigningKey[],
  at: number,
): SigningKey[] {
  return configured.map(({ kind, secret }) => {
    const value = secret.reveal();
    const createdAt = former.find((key) => key.secret === value)?.createdAt ?? at;
    return { kind, secret: value, createdAt };
  });
}

function isSame(next: Stored, endpoint: Stored): boolean {
  return isDeepStrictEqual(asStored(next), asStored(endpoint));
}

/** What is undefined is not there. */
function asStored({ settings, signingKeys }: Stored): unknown {
  return JSON.parse(JSON.stringify({ settings, signingKeys }));
}
