import type { AccountReading } from "../../api/answers.ts";

type Plan = NonNullable<AccountReading["resources"][number]["plan"]>;

/** A reading plan in a sentence. Its names are those of src/cliniko/reading-plan.ts, `-value` being the order. */
export function spellPlan(name: Plan["name"]): string {
  switch (name.replace(/-value$/, "")) {
    case "combined":
      return "One list gives everything that changed, hidden records included: the best way.";
    case "separate":
      return "Hidden records have to be asked for apart from the others. One that is edited later may be found by a sweep only.";
    case "old-lists":
      return "This account does not filter by what hides a record: Cliniko's old lists are read for those.";
    default:
      return "A way of reading that this page does not know:";
  }
}

export function spellOrder(order: Plan["order"]): string {
  switch (order) {
    case "id":
      return "By id: nothing can shift while it is read.";
    case "value":
      return "By the time of the change, since the account refuses ids: a record that changes meanwhile can move, and sweeps matter more.";
  }
}
