import { findEndpoint } from "../../admin/endpoints/find-endpoint.ts";
import type { NameOf, Refusal } from "../../admin/access/refusal.ts";
import type { Base } from "../../admin/base.ts";
import { closest } from "../../config/closest.ts";
import { ConfigError } from "../../shared/errors.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { problemAt } from "./problem-at.ts";

/** What was not done to an endpoint, as the command line says it. */
export async function toCliError(
  { endpoints }: Pick<Base, "endpoints">,
  refusal: Refusal,
  id: string,
): Promise<ConfigError> {
  switch (refusal.kind) {
    case "unknown":
    case "stale": {
      const known = (await endpoints.list()).map((endpoint) => endpoint.id);
      const meant = closest(id, known);
      const names = known.join(", ") || "(there is none)";
      const remedy = meant ? `did you mean "${meant}"?` : `use one of: ${names}`;
      return problemAt("<endpoint>", `there is no endpoint "${id}"`, remedy);
    }
    case "invalid":
    case "conflict":
      return new ConfigError("the command line", refusal.problems);
  }
}

/** @throws ConfigError when there is none, with the name that may be meant */
export async function findOrThrow(base: Pick<Base, "endpoints">, id: string): Promise<Endpoint> {
  const endpoint = await findEndpoint(base, cliCaller(), id);
  if (endpoint) return endpoint;
  throw await toCliError(base, { kind: "unknown" }, id);
}

/** The thing itself and its name are the command's argument; its settings are options. */
export function nameBy(optionOf: NameOf): NameOf {
  return (path) => (path.length === 0 || path[0] === "id" ? "<endpoint>" : optionOf(path));
}
