import { once } from "node:events";

import { createClinic } from "../../sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../sandbox/http/clinic-server.ts";
import { createReceptionist, startReceptionist } from "../../sandbox/staff/receptionist.ts";
import { seedClinic } from "../../sandbox/staff/seed-clinic.ts";
import { explainListen } from "../../shared/explain-listen.ts";
import { PLACE_OPTIONS } from "../terminal/arguments.ts";

export interface SandboxOptions {
  readonly host: string;
  readonly port: number;
  readonly actsPerMinute: number;
  readonly seed: number;
  /** `MS…-au1`; undefined: one is made up. */
  readonly apiKey: string | undefined;
}

/** A clinic to point one's own code at, with a receptionist at work in it, until Ctrl-C. @throws SetupError where it cannot listen there */
export async function sandbox(options: SandboxOptions, print: (line: string) => void): Promise<void> {
  const { seed, actsPerMinute } = options;
  const clinic = createClinic({ now: Date.now, seed });
  seedClinic(clinic, { seed });
  await using server = await startClinicServer(clinic, options).catch((error: unknown) => {
    throw explainListen(error, { ...options, what: "sandbox" }, PLACE_OPTIONS);
  });
  const key = clinic.addKey(undefined, options.apiKey);
  print(`A clinic that speaks Cliniko's API, everybody in it made up.

  base URL   ${server.url}
  API key    ${key}

Try it:
  curl -u '${key}:' -A 'My Tool (me@example.com)' -H 'Accept: application/json' \\
    '${server.url}/individual_appointments?per_page=1'

In notifier.yaml:
  accounts:
    sandbox:
      api_key: { env: SANDBOX_KEY }     # export SANDBOX_KEY='${key}'
      base_url: ${server.url}

Ctrl-C ends it.${actsPerMinute > 0 ? " The receptionist starts work:\n" : ""}`);
  const receptionist = createReceptionist({
    clinic,
    seed,
    onAct: ({ at, line }) => print(`${new Date(at).toTimeString().slice(0, 8)}  ${line}`),
  });
  const quitting = new AbortController();
  if (actsPerMinute > 0) startReceptionist(receptionist, { actsPerMinute, seed, signal: quitting.signal });
  await Promise.race(["SIGINT", "SIGTERM"].map(async (signal) => await once(process, signal)));
  quitting.abort();
}
