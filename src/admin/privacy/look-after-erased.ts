import type { Base } from "../base.ts";
import { toError } from "../../shared/errors.ts";
import type { ReleaseStack } from "../../shared/release-stack.ts";
import { startDailyRewrite } from "../../store/redis/daily-rewrite.ts";
import { goingByPatient } from "../records/find-patient.ts";
import { finishForgetting } from "./finish-forgetting.ts";
import { ownFolder } from "./prove-erased.ts";
import { findSealedToNobody, sealToPatients } from "./seal-to-patients.ts";

/** What was erased stays erased: in a Redis that was put back, in the files of our own, and in what was kept before there was an erasure key. */
export async function lookAfterErased(stack: ReleaseStack, base: Base, stopping: AbortSignal): Promise<void> {
  const { config, logger } = base;
  await restoreForgotten(base);
  const folder = ownFolder(base);
  if (folder !== undefined) {
    const onFailure = (detail: string): void => {
      logger.warn({ detail }, "redis could not write its files anew: what was removed is still in them");
    };
    stack.use(startDailyRewrite({ ...base, folder, onFailure }));
  }
  if (!config.roles.includes("poll")) return;
  // Nobody waits for either: what is not done when the service stops is done after the next start.
  void finishForgetting(base, stopping).catch((error: unknown) => {
    const detail = toError(error).message;
    if (!stopping.aborted)
      base.logger.error({ detail }, "what was forgotten half way could not be looked for");
  });
  const accounts = await findSealedToNobody(base);
  void sealToPatients(base, accounts, stopping).catch((error: unknown) => {
    const detail = toError(error).message;
    if (!stopping.aborted)
      logger.error({ detail }, "what was kept before there was an erasure key could not be sealed anew");
  });
}

/** An older copy of Redis brings back who was forgotten since it was made: nobody can open it, and they stay forgotten. */
export async function restoreForgotten({
  config,
  logger,
  now,
  reading,
  tombstones,
}: Pick<Base, "config" | "logger" | "now" | "reading" | "tombstones">): Promise<void> {
  for (const { name: account } of config.accounts) {
    const patients = await tombstones.restore(account, await goingByPatient({ reading }, account), now());
    if (patients === 0) continue;
    logger.warn(
      { account, patients },
      "patients who had been forgotten came back with an older copy of Redis, unreadable: they stay forgotten",
    );
  }
}
