import type { ReactNode } from "react";

import type { EndpointStatus } from "../../api/answers.ts";
import { healthOf } from "./endpoint-health.ts";
import { wordsOfErrorClass } from "./error-class.tsx";
import { Pill } from "./pill.tsx";
import { Since } from "../format/since.tsx";

/** How an endpoint is doing, since when, and what goes wrong. */
export function EndpointPill({ status }: { readonly status: EndpointStatus }): ReactNode {
  const { icon, since, tone, word } = healthOf(status);
  const error = wordsOfErrorClass(status.error_class, status.error_status);
  return (
    <div className="endpoint-pill">
      <Pill tone={tone} {...(icon === undefined ? {} : { icon })}>
        {word}
      </Pill>
      {tone === "good" ? null : (
        <span className="quiet">
          <Since at={since} />
        </span>
      )}
      {error ? <span className="quiet">{error.name}</span> : null}
    </div>
  );
}
