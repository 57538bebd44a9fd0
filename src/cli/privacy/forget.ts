import { toIsoOrNull } from "../../shared/iso-time.ts";
import { toJson } from "../terminal/to-json.ts";
import {
  type Forgotten,
  type ForgetRun,
  forgetPatient,
  surveyPatient,
  unforgetPatient,
} from "../../admin/privacy/forget.ts";
import { surveyAccount } from "../../admin/accounts/kept-account.ts";
import type { Caller } from "../../admin/access/caller.ts";
import { type Proof, isProven } from "../../admin/privacy/prove-erased.ts";
import type { Config } from "../../config/config.ts";
import { findAccountOrThrow } from "../accounts/accounts.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

export interface ForgetOptions {
  readonly account: string;
  readonly patientId: string;
  /** Without it nothing is erased. */
  readonly confirmed: boolean;
  readonly undo: boolean;
  readonly json: boolean;
}

/** False: something of the patient may still be there, or in a copy that can be read. */
export async function forget(
  config: Config,
  caller: Caller,
  { account, patientId, confirmed, undo, json }: ForgetOptions,
  terminal: { readonly signal: AbortSignal; readonly progress: Print },
  print: Print,
): Promise<boolean> {
  await assertMeant(config, account, patientId);
  const of = { account, patientId };
  if (undo) {
    const lifted = await withBase(config, async (base) => await unforgetPatient(base, caller, of));
    if (json) print(toJson({ account, patientId, lifted }));
    else print(lifted ? UNDONE : `Nobody had patient ${patientId} of ${account} forgotten.`);
    return lifted;
  }
  const run: ForgetRun = { signal: terminal.signal, onProgress: (at) => terminal.progress(toLine(at)) };
  const forgotten = await withBase(config, async (base) =>
    confirmed ? await forgetPatient(base, caller, of, run) : await surveyPatient(base, of, run),
  );
  terminal.progress("");
  if (json)
    print(
      toJson({ erased: confirmed, ...forgotten, forgottenBefore: toIsoOrNull(forgotten.forgottenBefore) }),
    );
  else printForgotten(forgotten, confirmed, print);
  const { proof, unreadable } = forgotten;
  return unreadable.records + unreadable.events === 0 && (proof === undefined || isProven(proof));
}

const UNDONE =
  "Not forgotten any more: what is read from now on is reported again. What was erased stays erased.";

async function assertMeant(config: Config, account: string, patientId: string): Promise<void> {
  const isKept = async (): Promise<boolean> =>
    await withBase(config, async (base) => !(await surveyAccount(base, account)).isEmpty);
  // What is kept of an account that is no longer configured can be forgotten too.
  if (config.accounts.every(({ name }) => name !== account) && !(await isKept())) {
    findAccountOrThrow(config, account);
  }
  if (!/^[1-9]\d{0,24}$/.test(patientId)) {
    const remedy = "use the number at the end of the patient's address in Cliniko: …/patients/<number>";
    throw problemAt("<patient>", "is not a patient's number", remedy);
  }
}

function toLine(at: Parameters<NonNullable<ForgetRun["onProgress"]>>[0]): string {
  switch (at.step) {
    case "waiting":
      return `waiting for the reading of ${at.resource} to end`;
    case "records":
      return "looking through what is remembered";
    case "events":
      return `${at.seen} events looked through`;
    case "proving":
      return "destroying what it was sealed with, and looking for what is left";
  }
}

function printForgotten(forgotten: Forgotten, done: boolean, print: Print): void {
  const { account, patientId, forgottenBefore, records, events, deliveries, duplicates } = forgotten;
  const { patient, ...named } = records;
  const before =
    forgottenBefore === undefined ? "" : `, forgotten before, on ${new Date(forgottenBefore).toISOString()}`;
  print(`Patient ${patientId} of ${account}${before}`);
  const verb = done ? "erased" : "to erase";
  print(
    formatTable([
      [`  patient records ${verb}`, String(patient)],
      ...Object.entries(named).map(([name, count]) => [
        `  ${name.replaceAll("_", " ")} that go on without name and notes`,
        String(count),
      ]),
      [`  events ${verb}`, String(events)],
    ]),
  );
  if (deliveries.length > 0) {
    const head = ["  endpoint", "events given", "delivered", done ? "stopped" : "to stop", "answers erased"];
    const rows = deliveries.map(({ endpoint, given, delivered, stopped, excerpts }) =>
      [`  ${endpoint}`, given, delivered, stopped, excerpts].map(String),
    );
    print(formatTable([head, ...rows]));
  }
  if (deliveries.some(({ delivered }) => delivered > 0)) {
    print("What was delivered is with the subscribers: ask them to erase it too.");
  }
  if (duplicates.length > 0) {
    print(
      `Merged into this patient, and of the same person: ${duplicates.join(", ")}. Forget each of them too.`,
    );
  }
  printUnreadable(forgotten, print);
  if (forgotten.proof) for (const line of describeProof(forgotten.proof)) print(line);
  print(done ? "The patient does not come back: see forget --undo." : "Nothing is erased yet: add --yes.");
}

function printUnreadable({ unreadable: { records, events } }: Forgotten, print: Print): void {
  if (records + events === 0) return;
  print(
    `${records} records and ${events} events cannot be read with the configured keys, and may be about the patient: put the missing key into the configuration and run this again.`,
  );
}

/** What is certain, and what is left to do. */
function describeProof({ disk, key, onDisk, opened, tried }: Proof): string[] {
  const lines = [
    `Proof: ${tried} sealed pieces were kept of the patient; ${opened} of them can still be opened with the keys that there are.`,
  ];
  if (key === "destroyed") {
    lines.push(
      opened === 0
        ? "What they were sealed with is destroyed: no copy of Redis or of its files can be opened for this patient. Replace the copies of the erasure key now: one from before opens what was sealed before."
        : `${opened} rest sealed with the encryption key alone, as before there was an erasure key: copies made before can be opened for this patient. Destroy those copies, or run keys rotate and destroy the former encryption key. keys rotate also sees to it that this is said of nobody else.`,
    );
  } else {
    lines.push(
      "There is no erasure key (keys_folder): copies of Redis or of its files that were made before can be opened for this patient. Destroy them, or run keys rotate and destroy the former encryption key.",
    );
  }
  if (disk === "not_ours") {
    lines.push(
      key === "destroyed" && opened === 0
        ? "This Redis is not the service's own: its files were not looked at, and need not be."
        : "This Redis is not the service's own: have it write its files anew (BGREWRITEAOF, SAVE), which still hold what was erased.",
    );
  } else if (typeof disk === "object") {
    lines.push(
      `Redis did not write its files anew (${disk.failed}): they still hold what was erased, as copies do.`,
    );
  } else if (onDisk > 0) {
    lines.push(
      `The files of Redis were written anew, and ${onDisk} pieces still stand in the data folder: in a former file that was kept there.`,
    );
  } else lines.push("The files of Redis were written anew: none of it stands in them.");
  return lines;
}
