import type { Base } from "../base.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { type Caller, seesEndpoint } from "../access/caller.ts";

/** Undefined: there is none, or it is somebody else's. The caller cannot tell which. */
export async function findEndpoint(
  { endpoints }: Pick<Base, "endpoints">,
  caller: Caller,
  id: string,
): Promise<Endpoint | undefined> {
  const endpoint = await endpoints.read(id);
  return endpoint && seesEndpoint(caller, endpoint) ? endpoint : undefined;
}

/** Those that exist for the caller, by id. */
export async function visibleEndpoints(
  { endpoints }: Pick<Base, "endpoints">,
  caller: Caller,
): Promise<readonly Endpoint[]> {
  return (await endpoints.list()).filter((endpoint) => seesEndpoint(caller, endpoint));
}
