import { type KeptAccount, describeLeft, remedyForLeft } from "../../admin/accounts/kept-account.ts";
import { type Finding, ok, warn } from "./finding.ts";

/** An account that is kept and that the configuration does not name. */
export function judgeLeft(left: KeptAccount): Finding {
  const what = `account ${left.account}`;
  return left.renamedTo === undefined
    ? warn(what, describeLeft(left), remedyForLeft(left))
    : ok(what, describeLeft(left));
}
