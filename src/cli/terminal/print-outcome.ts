import { type DeliveryOutcome, errorClassOf } from "../../dispatch/worker/outcome.ts";

/** What became of one attempt, for a person. */
export function printOutcome(
  outcome: DeliveryOutcome,
  durationMs: number,
  print: (line: string) => void,
): void {
  const status = "status" in outcome ? `status ${outcome.status}` : (errorClassOf(outcome) ?? "");
  print(`${outcome.kind === "delivered" ? "delivered" : "FAILED"}: ${status} after ${durationMs} ms`);
  if ("detail" in outcome) print(outcome.detail);
  if ("excerpt" in outcome && outcome.excerpt) print(`answer: ${outcome.excerpt.slice(0, 200)}`);
}
