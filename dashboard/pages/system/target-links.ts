import type { AuditEntry } from "../../api/answers.ts";

export interface TargetPart {
  readonly text: string;
  /** Undefined: it has no page. */
  readonly path: string | undefined;
}

/** What was changed, in parts that lead to their pages. Pure. */
export function targetLinks({
  action,
  target,
}: Pick<AuditEntry, "action" | "target">): readonly TargetPart[] {
  const [kind = ""] = action.split(".");
  switch (kind) {
    case "account":
      return [{ text: target, path: `/accounts/${encodeURIComponent(target)}` }];
    case "delivery": {
      const [endpoint = "", event = ""] = target.split("/");
      return [
        { text: endpoint, path: endpointPath(endpoint) },
        { text: event, path: event === "" ? undefined : `/events/${encodeURIComponent(event)}` },
      ];
    }
    case "endpoint":
      // Its page is gone with it.
      return [{ text: target, path: action === "endpoint.delete" ? undefined : endpointPath(target) }];
    case "patient": {
      // The other part is a fingerprint: who it was is not to be found out from here.
      const [account = "", tombstone = ""] = target.split("/");
      return [
        { text: account, path: `/accounts/${encodeURIComponent(account)}` },
        { text: tombstone, path: undefined },
      ];
    }
    case "token":
      return [{ text: target, path: action === "token.revoke" ? undefined : "/system/access" }];
    default:
      return [{ text: target, path: undefined }];
  }
}

function endpointPath(id: string): string {
  return `/endpoints/${encodeURIComponent(id)}`;
}
