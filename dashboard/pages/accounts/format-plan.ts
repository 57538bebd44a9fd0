import type { AccountReading } from "../../api/answers.ts";

type Plan = NonNullable<AccountReading["resources"][number]["plan"]>;

/** A reading plan in a sentence. Its names are those of src/cliniko/reading-plan.ts: `-by-…` is the order, `-whole` what is read. */
export function formatPlan(name: Plan["name"]): string {
  const lists = name.replace(/-by-\w+$/, "").replace(/-own$/, "");
  const words = formatLists(lists.replace(/-whole$/, ""));
  return lists.endsWith("-whole")
    ? `${words} It is read whole each time: it cannot be asked since when.`
    : words;
}

function formatLists(name: string): string {
  switch (name) {
    case "combined":
    case "combined-undeleted":
      return "One list gives everything that changed, hidden records included: the best way.";
    case "all":
    case "all-undeleted":
      return "All of it is read each time, hidden records included: its records do not say reliably that they changed.";
    case "apart":
    case "apart-deleted":
    case "apart-plain":
    case "dated":
    case "dated-deleted":
    case "dated-plain":
      return "This account does not show hidden records beside the others: each kind of them is a list of its own.";
    case "old-lists":
    case "old-lists-own":
    case "old-lists-unfiltered":
      return "This account does not filter by what hides a record: Cliniko's old lists are read for those. A hidden record that is edited later is found by a sweep.";
    default:
      return "A way of reading that this page does not know:";
  }
}

export function formatOrder(order: Plan["order"]): string {
  switch (order) {
    case "id":
      return "By id: nothing can shift while it is read.";
    case "created":
      return "By the time of creation, since the account refuses ids: that does not move either.";
    case "page":
      return "By page numbers, since the account refuses everything else: a record that vanishes meanwhile can hide another, and sweeps matter more.";
  }
}
