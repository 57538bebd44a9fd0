import type { Overview, ResourceStatus } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { judgeLag } from "../../parts/judge-lag.ts";
import { kindOf, lagOf } from "../../shell/trouble/source-trouble.ts";

export type StandsStill = (status: Pick<ResourceStatus, "complete_up_to" | "held" | "state">) => boolean;

/** Tells which live source is far further behind than was promised, by the service's own clock. */
export function useStandsStill(): StandsStill {
  // The navigation has it already, and keeps it fresh.
  const { data: overview } = useApi<Overview>("/overview");
  return (status) => {
    if (!overview || kindOf(status) !== "live") return false;
    return judgeLag(lagOf(status, Date.parse(overview.at)), overview.sources.promise_ms) === "bad";
  };
}
