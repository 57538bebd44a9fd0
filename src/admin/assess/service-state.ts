import {
  type InstallationReading,
  type Overview,
  assessAll,
  readInstallation,
} from "../accounts/overview.ts";
import type { Base } from "../base.ts";
import { logNames } from "../../diff/endpoint-event.ts";
import { toVerdict } from "./verdict.ts";
import { type LogSize, readLogSize } from "../../store/events/log-size.ts";

/** Everything that is known of an installation without asking anybody outside of it. The same from every process. */
export interface ServiceState extends InstallationReading, Pick<Overview, "verdict"> {
  /** By account, that of the endpoints' own events included. */
  readonly logs: readonly (LogSize & { readonly account: string })[];
}

/** A few round trips, however many accounts and endpoints there are. */
export async function readServiceState(base: Base): Promise<ServiceState> {
  const { config, keys, redis } = base;
  const logged = logNames(config.accounts);
  const [reading, logs] = await Promise.all([
    readInstallation(base),
    Promise.all(logged.map(async (account) => ({ account, ...(await readLogSize(redis, keys, account)) }))),
  ]);
  return { ...reading, logs, verdict: toVerdict(assessAll(reading)) };
}
