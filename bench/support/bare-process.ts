/** What one would write in an afternoon: a job each delivery, its body in the job, signed and posted. Nothing else. */
import { Worker } from "bullmq";
import { Agent, request as post } from "undici";

import { createSigner } from "../../src/dispatch/signing/sign.ts";
import type { SigningKey } from "../../src/store/outbox/endpoint-store.ts";
import { answerParent } from "./child.ts";
import type { DispatchAnswer } from "./dispatch-process.ts";

export const BARE_QUEUE = "bare";

export interface BareJob {
  readonly id: string;
  readonly url: string;
  readonly body: string;
}

export type BareRequest =
  | {
      readonly kind: "start";
      readonly socketPath: string;
      readonly concurrency: number;
      readonly keys: readonly SigningKey[];
    }
  | { readonly kind: "stop" };

let cpuBefore = process.cpuUsage();
let running: { readonly worker: Worker; readonly agent: Agent } | undefined;

function start({ socketPath, concurrency, keys }: Extract<BareRequest, { kind: "start" }>): void {
  const agent = new Agent({ connections: concurrency, pipelining: 1 });
  const signer = createSigner();
  const worker = new Worker<BareJob>(
    BARE_QUEUE,
    async ({ data: { id, url, body } }) => {
      const now = Date.now();
      const signed = signer.headers(keys, id, Math.floor(now / 1_000), body, now);
      const { statusCode, body: said } = await post(url, {
        method: "POST",
        headers: { ...signed, "content-type": "application/json" },
        body,
        dispatcher: agent,
      });
      await said.dump();
      if (statusCode < 200 || statusCode >= 300) throw new Error(`status ${statusCode}`);
    },
    { connection: { path: socketPath }, concurrency, removeOnComplete: { count: 0 } },
  );
  worker.on("error", (error) => process.stderr.write(`${error.message}\n`));
  running = { worker, agent };
}

function told(): DispatchAnswer {
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpuMs: (user + system) / 1_000 };
}

answerParent(async (request: BareRequest): Promise<DispatchAnswer> => {
  switch (request.kind) {
    case "start":
      cpuBefore = process.cpuUsage();
      start(request);
      return told();
    case "stop":
      await running?.worker.close();
      await running?.agent.close();
      running = undefined;
      return told();
  }
});
