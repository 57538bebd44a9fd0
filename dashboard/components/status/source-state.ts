import type { ResourceStatus } from "../../api/answers.ts";
import type { Tone } from "./tone.ts";

/** What a state of a source is called, what it means, and what to do. Sentences for people; docs/operations.md says more. */
export interface StateWords {
  readonly name: string;
  readonly tone: Tone;
  /** For everybody. */
  readonly meaning: string;
  /** For operators. Undefined: nothing is to be done. */
  readonly remedy: string | undefined;
}

const WORDS: Readonly<Record<ResourceStatus["state"], StateWords>> = {
  live: {
    name: "live",
    tone: "good",
    meaning: "Every change is reported.",
    remedy: undefined,
  },
  first_sync: {
    name: "first sync",
    tone: "idle",
    meaning:
      "Everything is being read for the first time, silently. What changes meanwhile is reported when it is done.",
    remedy: undefined,
  },
  not_read_yet: {
    name: "not read yet",
    tone: "idle",
    meaning: "Nothing has been read so far, and nothing is reported.",
    remedy:
      "It begins by itself. If it does not: is a process with the role poll running? The system page says.",
  },
  not_permitted: {
    name: "not permitted",
    tone: "idle",
    meaning: "The key's user may not see these records, and never could (403). Nothing of them is reported.",
    remedy:
      "Let the user see them in Cliniko (asked again each hour, or at once with cliniko-webhooks poll), or take the resource out of the account's resources in the configuration.",
  },
  not_offered: {
    name: "not offered",
    tone: "idle",
    meaning: "The account has no such records (404). It is asked again each day.",
    remedy: "Nothing, or take the resource out of the account's resources in the configuration.",
  },
  degraded: {
    name: "degraded",
    tone: "warn",
    meaning: "It could not be read for two minutes or longer. Changes come late and are not lost.",
    remedy:
      "It goes on by itself. If it stays so, run cliniko-webhooks doctor; Cliniko's own state is on status.cliniko.com.",
  },
  permission_reduced: {
    name: "permission reduced",
    tone: "bad",
    meaning:
      "Cliniko no longer shows these records to the key's user (403). Until it does, nothing of them is reported.",
    remedy:
      "Give the user the right back, or take the resource out of the account's resources in the configuration.",
  },
  schema_changed: {
    name: "schema changed",
    tone: "bad",
    meaning: "Records have another shape than documented: comparing them would tell changes that are none.",
    remedy: "Look for a newer release of cliniko-webhooks and install it; then release the account.",
  },
  key_revoked: {
    name: "key refused",
    tone: "bad",
    meaning:
      "Cliniko refuses the API key (401): it is wrong, was revoked, or its user is gone. Nothing is read.",
    remedy:
      "Make a new key in Cliniko (My info → Manage API keys), of the same user, put it where the old one was, and start the service again. What changed meanwhile is reported then.",
  },
};

/** A guard found many records missing at once: nearly always a lost right, hardly ever a clinic that deletes. */
const MISSING: StateWords = {
  name: "quarantined",
  tone: "bad",
  meaning:
    "Many records are missing at once. None was reported as deleted, and nothing of the account is read until an operator has looked.",
  remedy:
    "Look in Cliniko, signed in as the key's user, whether the records are there; then release the account.",
};

/** A guard found many older records that could not be seen before: a right was widened. */
const APPEARED: StateWords = {
  name: "quarantined",
  tone: "bad",
  meaning:
    "Many older records appeared at once that could not be seen before. None was reported as created, and nothing of the account is read until an operator has looked.",
  remedy:
    "Look in Cliniko whether the key's user may see more than before, or whether records were brought in; then release the account.",
};

/** The words for a state. A guard that holds the account is a state of its own to whoever looks. */
export function stateWords({
  state,
  quarantined,
}: Pick<ResourceStatus, "state" | "quarantined">): StateWords {
  if (!quarantined) return WORDS[state];
  if (state === "degraded") return APPEARED;
  return state === "permission_reduced"
    ? MISSING
    : { ...WORDS[state], name: `quarantined: ${WORDS[state].name}` };
}

/** The better first. */
const BY_WEIGHT: readonly ResourceStatus["state"][] = [
  "live",
  "first_sync",
  "not_read_yet",
  "not_offered",
  "not_permitted",
  "degraded",
  "schema_changed",
  "permission_reduced",
  "key_revoked",
];

/** How bad a state is: for sorting, the higher the worse. What is quarantined waits for a person and comes before all. */
export function stateWeight({ state, quarantined }: Pick<ResourceStatus, "state" | "quarantined">): number {
  return BY_WEIGHT.indexOf(state) + (quarantined ? BY_WEIGHT.length : 0);
}
