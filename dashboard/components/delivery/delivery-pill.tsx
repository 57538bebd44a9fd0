import type { ReactNode } from "react";

import type { Delivery } from "../../api/answers.ts";
import { Pill } from "../status/pill.tsx";
import { DELIVERY_STATE_WORDS } from "./format-delivery.ts";

/** Where a delivery stands. */
export function DeliveryPill({ state }: { readonly state: Delivery["state"] }): ReactNode {
  const { tone, name } = DELIVERY_STATE_WORDS[state];
  return <Pill tone={tone}>{name}</Pill>;
}
