import { createContext, useContext } from "react";

import type { Me } from "../api/answers.ts";

export const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in. Only inside of `SignedIn`. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new TypeError("nobody is signed in here");
  return me;
}

export interface Rights {
  /** admin or viewer: sees every account and endpoint, queues and the system. */
  readonly isOperator: boolean;
  /** May change the service itself: accounts, tokens. */
  readonly isAdmin: boolean;
  /** May change endpoints and send again: an admin all of them, a subscriber its own. */
  readonly mayChangeEndpoints: boolean;
  /** May ask for sensitive fields to be shown. A viewer looks after the service, not at the patients' notes. */
  readonly mayUnmask: boolean;
}

/** What the signed-in person may do. For what is shown: the service decides by itself what it lets them do. */
export function useRights(): Rights {
  const { role, sensitive } = useMe();
  return {
    isOperator: role !== "subscriber",
    isAdmin: role === "admin",
    mayChangeEndpoints: role !== "viewer",
    mayUnmask: role === "admin" || (role === "subscriber" && sensitive),
  };
}
