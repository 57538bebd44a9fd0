import type { z } from "zod";

import type { Caller } from "../../../admin/access/caller.ts";
import type { TestResult } from "../../../admin/endpoints/test-endpoint.ts";
import type { testResultSchema } from "./endpoint-schemas.ts";

type TestAnswer = z.infer<typeof testResultSchema>;

/**
 * What a test came to, for a caller. Why an address was not reached, and how long that took, is for operators: it would
 * tell a subscriber what stands in the operator's network.
 */
export function toTestAnswer(caller: Caller, { outcome, durationMs, errorClass }: TestResult): TestAnswer {
  const operator = caller.role !== "subscriber";
  const told = { duration_ms: durationMs, error_class: operator ? (errorClass ?? null) : null };
  switch (outcome.kind) {
    case "delivered":
    case "rejected":
      return { ...told, result: outcome.kind, status: outcome.status, detail: null };
    case "unreachable":
    case "refused":
    case "own_fault":
      return {
        ...told,
        result: "not_reached",
        status: null,
        duration_ms: operator ? durationMs : null,
        detail: operator ? outcome.detail : null,
      };
  }
}
