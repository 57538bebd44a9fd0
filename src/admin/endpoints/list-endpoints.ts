import type { Base } from "../base.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { Caller } from "../access/caller.ts";
import { type EndpointStatus, readEndpointStatuses } from "./endpoint-status.ts";
import { visibleEndpoints } from "./find-endpoint.ts";

/** Which endpoints; undefined: all. */
export interface EndpointQuery {
  /** A part of the id, the description or the host, in upper or lower case. Not of the path: it may carry a token. */
  readonly search?: string | undefined;
  /** The whole URL, as it was given: whoever asks by it knows it already. */
  readonly url?: string | undefined;
  /** trouble: any state but healthy. */
  readonly state?: EndpointStatus["state"] | "trouble" | undefined;
}

/** Those that exist for the caller and are meant, by id. With a state that of each is read. */
export async function listEndpoints(
  base: Pick<Base, "endpoints" | "keys" | "now" | "redis">,
  caller: Caller,
  { search = "", url, state: wanted }: EndpointQuery,
): Promise<readonly Endpoint[]> {
  const named = (await visibleEndpoints(base, caller)).filter(
    (endpoint) => mentions(endpoint, search) && (url === undefined || endpoint.settings.url === url),
  );
  if (wanted === undefined) return named;
  const states = (await readEndpointStatuses(base, named)).map(({ state }) => state);
  return named.filter((_, index) =>
    wanted === "trouble" ? states[index] !== "healthy" : states[index] === wanted,
  );
}

function mentions({ id, settings: { description, url } }: Endpoint, search: string): boolean {
  const wanted = search.toLowerCase();
  return [id, description, new URL(url).host].some((text) => text.toLowerCase().includes(wanted));
}
