import type { ReactNode } from "react";

import type { LoggedEvent } from "../../api/answers.ts";
import { CopyButton } from "../../components/controls/copy-button.tsx";

/** The callback's body, for who writes a receiver. */
export function EventRaw({ event: { event } }: { readonly event: LoggedEvent }): ReactNode {
  const text = JSON.stringify(event, null, 2);
  return (
    <details className="card event-raw">
      <summary>Raw JSON: what a callback of payload level full brings</summary>
      <div className="event-json">
        <CopyButton text={text} what="the JSON" />
        <pre tabIndex={0} role="region" aria-label="Raw JSON">
          {text}
        </pre>
      </div>
    </details>
  );
}
