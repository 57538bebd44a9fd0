import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";

/** What was asked of the upstream so far, and how many records came. Read it anew: it goes on counting. */
export interface RequestMeter {
  read(): Asked;
}

export interface Asked {
  readonly requests: number;
  readonly records: number;
}

type Reader = Pick<ClinikoClient, "availableTimes" | "listPage" | "findRecord">;

/** A client that counts for whoever it is handed to. A question that our own budget kept back was not asked. */
export function countRequests({ availableTimes, findRecord, listPage }: Reader): {
  readonly client: Reader;
  readonly meter: RequestMeter;
} {
  let requests = 0;
  let records = 0;
  const count = (kind: Failure["kind"] | "ok", came: number, asked = 1): void => {
    if (kind !== "budget_spent") requests += asked;
    records += came;
  };
  return {
    client: {
      async availableTimes(...asked) {
        const answer = await availableTimes(...asked);
        count(answer.kind, 0, answer.kind === "ok" ? answer.pages : 1);
        return answer;
      },
      async findRecord(...asked) {
        const answer = await findRecord(...asked);
        count(answer.kind, answer.kind === "ok" && answer.found ? 1 : 0);
        return answer;
      },
      async listPage(...asked) {
        const answer = await listPage(...asked);
        count(answer.kind, answer.kind === "ok" ? answer.page.rows.length : 0);
        return answer;
      },
    },
    meter: { read: () => ({ requests, records }) },
  };
}

/** What was asked since. */
export function askedSince(meter: RequestMeter, before: Asked): Asked {
  const { records, requests } = meter.read();
  return { requests: requests - before.requests, records: records - before.records };
}
