import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { type Refusal, conflict } from "../access/refusal.ts";

/** All endpoints of one subscriber together: a hundred with certificates of their own fit. */
const MOST_BYTES = 2 * 1_024 * 1_024;

/** Undefined: there is room for these settings beside the subscriber's other endpoints. `id`: of the endpoint that has them. */
export function roomFault(
  known: readonly Endpoint[],
  owner: string | undefined,
  { id, settings }: { readonly id: string | undefined; readonly settings: EndpointSettings },
  path: string,
): Refusal | undefined {
  if (owner === undefined) return undefined;
  const own = known.filter((endpoint) => endpoint.owner === owner);
  const former = own.find((endpoint) => endpoint.id === id);
  // What becomes smaller is never in the way.
  if (former && sizeOf(settings) <= sizeOf(former.settings)) return undefined;
  const others = own.filter((endpoint) => endpoint !== former);
  const bytes = others.reduce((sum, endpoint) => sum + sizeOf(endpoint.settings), sizeOf(settings));
  if (bytes <= MOST_BYTES) return undefined;
  return conflict(
    path,
    `the endpoints of this subscriber would take ${Math.ceil(bytes / 1_024)} KiB, and may take ${MOST_BYTES / 1_024}`,
    "delete those that are not used any more, or send fewer headers and certificates",
  );
}

function sizeOf(settings: EndpointSettings): number {
  return JSON.stringify(settings).length;
}
