import { randomBytes } from "node:crypto";
import { once } from "node:events";

import { startReceiver } from "../../sandbox/http/receiver.ts";
import { explainListen } from "../../shared/explain-listen.ts";
import { formatEventLine } from "../events/event-line.ts";
import { PLACE_OPTIONS } from "../terminal/arguments.ts";

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined: a new one is made and shown. */
  readonly secret: string | undefined;
  /** Header with the signature of the body alone, verified besides. */
  readonly bodySignature?: string | undefined;
}

/** Receives callbacks, verifies each and prints one line for it, until Ctrl-C. @throws SetupError where it cannot listen there */
export async function listen(options: ListenOptions, print: (line: string) => void): Promise<void> {
  const secret = options.secret ?? `whsec_${randomBytes(32).toString("base64")}`;
  await using receiver = await startReceiver({
    ...options,
    secret,
    onCallback: ({ receivedAt, event }) => print(formatEventLine(receivedAt, event)),
    onRefused: ({ reason }) => {
      print(`refused: ${reason}; is it signed with this listener's secret?`);
    },
  }).catch((error: unknown) => {
    throw explainListen(error, { ...options, what: "listen" }, PLACE_OPTIONS);
  });
  print(`listening on ${receiver.url}`);
  if (options.secret === undefined) {
    print(`secret        ${secret}   (made for this run; pass your own with --secret-env NAME)`);
  }
  print("Ctrl-C ends it. Each line below is a callback whose signature was verified.\n");
  await Promise.race(["SIGINT", "SIGTERM"].map(async (signal) => await once(process, signal)));
}
