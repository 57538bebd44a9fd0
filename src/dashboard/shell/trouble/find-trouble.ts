import type { Overview } from "../../api/answers.ts";
import { findEndpointTrouble } from "./endpoint-trouble.ts";
import { findQueueTrouble } from "./queue-trouble.ts";
import { findSourceTrouble } from "./source-trouble.ts";
import type { Trouble } from "./trouble.ts";

/**
 * Everything that is wrong, as the command `status` judges it. What needs a person comes first, and of that: that nobody
 * works, then sources, for what is not read nobody gets, then endpoints.
 */
export function findTrouble({ at, budget, endpoints, queues, sources }: Overview): readonly Trouble[] {
  const now = Date.parse(at);
  const found = [
    ...findQueueTrouble(queues ?? [], now),
    ...findSourceTrouble(sources, budget, now),
    ...findEndpointTrouble(endpoints, now),
  ];
  return [...found.filter(({ tone }) => tone === "bad"), ...found.filter(({ tone }) => tone === "warn")];
}

/** How many things need a person now, as the badge beside the navigation and the browser's tab count them. */
export function countTrouble(overview: Overview): number {
  return findTrouble(overview).filter(({ tone }) => tone === "bad").length;
}
