import type { KnownResource } from "../../resources/registry.ts";

type Kind = Pick<KnownResource, "identifiedBy" | "keptIf" | "reading">;

/** Sentences of an explanation that differ with how a resource is read. Moments are ISO. */
export interface ExplainWords {
  readonly notRead: (resource: string) => string;
  readonly known: (at: string) => string;
  readonly gone: (at: string) => string;
  readonly unknown: string;
  /** Why there may be no event although something happened. */
  readonly quiet: string;
}

const RECORDS: ExplainWords = {
  notRead: (resource) =>
    `${resource} is not among the resources of this account that are read: nothing of it is known.`,
  known: (at) => `The record is known, as Cliniko stamped it at ${at}`,
  gone: (at) => `The record is gone since ${at}`,
  unknown: "Cliniko has never shown a record of this id.",
  quiet: 'Reminders, links, derived states and "updated_at" alone make no event.',
};

/** @returns the sentences for one resource */
export function wordsFor({ identifiedBy, keptIf, reading }: Kind): ExplainWords {
  const parts = `the ids of its ${identifiedBy.join(", ")}, with ":" between them`;
  switch (reading) {
    case "window":
    case "whole":
      return keptIf ? { ...RECORDS, unknown: `${RECORDS.unknown} ${keptIf.hint}` } : RECORDS;
    case "sets":
      return {
        ...RECORDS,
        known: (at) => `It is in the list, as that was first read so at ${at}: it has no stamp of its own`,
        gone: (at) =>
          `It is withdrawn since ${at}: two whole readings of the list, a minute apart, did not show it`,
        unknown: `No reading of the list has shown it. Its id is ${parts}.`,
        quiet:
          "Another order makes no event; and what it was lately is not told to be so again before no cache can be that old.",
      };
    case "single":
      return {
        ...RECORDS,
        known: (at) => `They are known, as they were first read so at ${at}: they have no stamp of their own`,
        unknown: 'They have not been read. There is one of them in an account, and its id is "account".',
        quiet:
          "What the key's user may not see is not cleared, and addresses of logos and what only looks otherwise make no event.",
      };
    case "perParent":
      return {
        ...RECORDS,
        notRead: () =>
          "The account's configuration names no available_times: what can be booked online is not read.",
        known: (at) => `What can be booked is known, as it was read at ${at}`,
        gone: (at) => `It is not shown online since ${at}: Cliniko answers 404 for it`,
        unknown: `It has not been read: is it among the account's available_times? Its id is ${parts}.`,
        quiet: "That time went by makes no event, nor a time that a visitor holds for a while.",
      };
  }
}
