/** The service with the ops role alone, in a process of its own: everything real. Tells what memory it takes. */
import { type ApiHarness, startApi } from "../../test/support/api-harness.ts";
import { answerParent } from "./child.ts";

export type OpsRequest =
  | { readonly kind: "start"; readonly socketPath: string }
  /** The most that it has taken since the last `look`. */
  | { readonly kind: "look" };

export interface OpsAnswer {
  readonly url: string;
  readonly rssBytes: number;
}

const LOOK_EVERY_MS = 20;
let api: ApiHarness | undefined;
let most = 0;
setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, LOOK_EVERY_MS);

answerParent(async (request: OpsRequest): Promise<OpsAnswer> => {
  if (request.kind === "start") {
    api = await startApi({ address: { socketPath: request.socketPath }, prefix: "bench" });
  }
  const rssBytes = Math.max(most, process.memoryUsage.rss());
  most = 0;
  return { url: api?.url ?? "", rssBytes };
});
