import type { LogIndex } from "../../store/events/log-index.ts";

export interface IndexLogsDeps {
  readonly index: Pick<LogIndex, "indexBatch">;
  readonly accounts: readonly string[];
  /** An account's log was found without a whole index: searches of it walk until `indexed`. */
  readonly onProgress: (account: string, state: "indexing" | "indexed") => void;
}

/** Of one log. It is not whole after a pass when a process of that release wrote meanwhile: it is left for later then. */
const MOST_PASSES = 3;

/**
 * Indexes what a release without an index wrote into the logs. Nothing waits for it: it goes in small steps beside everything
 * else, and whoever comes next carries on where it was stopped. Where there is nothing to do it costs one command an account.
 */
export async function indexLogs(
  { index, accounts, onProgress }: IndexLogsDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const account of accounts) {
    let begun = 0;
    for (let answer = await index.indexBatch(account); !signal.aborted && answer !== "whole";) {
      begun += answer === "begun" ? 1 : 0;
      if (begun > MOST_PASSES) break;
      if (begun === 1 && answer === "begun") onProgress(account, "indexing");
      answer = await index.indexBatch(account);
      if (answer === "whole") onProgress(account, "indexed");
    }
  }
}
