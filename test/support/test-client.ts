import { type ClientOptions, type ClinikoClient, createClinikoClient } from "../../src/cliniko/client.ts";
import { Secret } from "../../src/config/secret.ts";

export interface TestClient extends AsyncDisposable {
  readonly client: ClinikoClient;
  /** Every `blockUntil` of the budget. */
  readonly blocked: readonly number[];
  /** How long it slept for a free request, each time. */
  readonly slept: readonly number[];
}

/** A client with a budget that has always room, unless the test brings its own. Sleeping takes no time. */
export function createTestClient(
  options: Partial<Omit<ClientOptions, "apiKey">> & { readonly baseUrl: string; readonly apiKey?: string },
): TestClient {
  const blocked: number[] = [];
  const slept: number[] = [];
  const client = createClinikoClient({
    contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
    budget: {
      take: async () => 0,
      freeInMs: async () => 0,
      blockUntil: async (resetAtMs) => {
        blocked.push(resetAtMs);
      },
    },
    timeoutMs: 10_000,
    maxBudgetWaitMs: 0,
    now: Date.now,
    sleep: async (ms) => {
      slept.push(ms);
    },
    ...options,
    apiKey: new Secret(options.apiKey ?? "MS4xLXRlc3Q-au1"),
  });
  return {
    client,
    blocked,
    slept,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
    },
  };
}
