/** The service with the dispatch role alone, in a process of its own: everything real, its log at the usual level. */
import { createMetrics } from "../../src/ops/metrics.ts";
import { type ReleaseStack, createReleaseStack } from "../../src/shared/release-stack.ts";
import { startDispatch } from "../../src/app/start-dispatch.ts";
import type { Base } from "../../src/admin/base.ts";
import { startHistoryRecorder } from "../../src/store/history/history-recorder.ts";
import { answerParent } from "./child.ts";
import { type WrittenConfig, openBench } from "./delivery-setup.ts";

export type DispatchRequest =
  | { readonly kind: "open"; readonly written: WrittenConfig; readonly socketPath: string }
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  | { readonly kind: "close" };

export interface DispatchAnswer {
  /** Of this process since the last start, ms. */
  readonly cpuMs: number;
}

function told(): DispatchAnswer {
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpuMs: (user + system) / 1_000 };
}

let opened: { readonly stack: ReleaseStack; readonly base: Base } | undefined;
let running: ReleaseStack | undefined;
let cpuBefore = process.cpuUsage();

async function open(written: WrittenConfig, socketPath: string): Promise<void> {
  const stack = createReleaseStack();
  opened = { stack, base: await openBench(stack, written, socketPath, "info") };
}

async function start(): Promise<void> {
  if (!opened) throw new Error("not opened");
  const { base } = opened;
  const stack = createReleaseStack();
  const stopping = new AbortController();
  const { now, config } = base;
  const metrics = createMetrics({ now, readState: undefined, retention: config.retention });
  const recorder = stack.use(startHistoryRecorder({ ...base, onTrouble: () => undefined }));
  // Its Redis stays the same one.
  const incidents = (): number => 0;
  const tellWentBack = async (): Promise<void> => undefined;
  await startDispatch(stack, {
    ...base,
    metrics,
    recorder,
    incidents,
    tellWentBack,
    stopping: stopping.signal,
  });
  stack.defer(() => {
    stopping.abort();
  });
  running = stack;
}

answerParent(async (request: DispatchRequest): Promise<DispatchAnswer> => {
  switch (request.kind) {
    case "open":
      await open(request.written, request.socketPath);
      return told();
    case "start":
      cpuBefore = process.cpuUsage();
      await start();
      return told();
    case "stop":
      await running?.[Symbol.asyncDispose]();
      running = undefined;
      return told();
    case "close":
      await opened?.stack[Symbol.asyncDispose]();
      opened = undefined;
      return told();
  }
});
