import type { ReactNode } from "react";

import { Icon } from "../components/layout/icon.tsx";
import { Since } from "../components/format/since.tsx";
import { useLive } from "./live-events.tsx";

/** Over every page while the service does not answer. Always there, so that its words are read out when they come. */
export function Offline(): ReactNode {
  const { away } = useLive();
  return (
    <div role="status" className="offline" data-shown={away !== undefined}>
      {away === undefined ? null : (
        <p>
          <Icon name="warning" /> <strong>The service does not answer</strong> <Since at={away} />. What you
          see is what it said last; it is tried again every few seconds. What changes in Cliniko meanwhile is
          not lost.
        </p>
      )}
    </div>
  );
}
