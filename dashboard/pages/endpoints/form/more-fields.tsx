import type { ReactNode } from "react";

import { RadioChoices } from "../../../components/controls/radio-choices.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import type { EndpointFormProps } from "./endpoint-form.tsx";
import { HeadersField } from "./headers-field.tsx";
import { SignatureField } from "./signature-field.tsx";
import { TlsField } from "./tls-field.tsx";

/** Their faults would be folded away. */
const PATHS = "signature body_signature format ordering concurrency rate_limit attempts headers tls".split(
  " ",
);

/** What most endpoints leave as it is. */
export function MoreFields({
  draft,
  onChange,
  faultAt,
  isNew,
  keptHeaders = [],
}: EndpointFormProps): ReactNode {
  const isWrong = PATHS.some((path) => faultAt(path) !== undefined);
  return (
    <details className="card more-fields" open={isWrong || undefined}>
      <summary>
        <h2>More</h2>
        <span className="quiet">{isNew ? "signature, " : ""}format, order, speed, headers, TLS</span>
      </summary>
      <div className="more-fields-body">
        {isNew ? (
          <SignatureField signature={draft.signature} onChange={(signature) => onChange({ signature })} />
        ) : null}
        <RadioChoices
          legend="Order"
          value={draft.ordering}
          choices={ORDERINGS}
          onChange={(ordering) => onChange({ ordering })}
        />
        <SpeedFields draft={draft} onChange={onChange} faultAt={faultAt} />
        <BodyFields draft={draft} onChange={onChange} faultAt={faultAt} />
        <HeadersField
          headers={draft.headers}
          kept={keptHeaders}
          faultAt={faultAt}
          onChange={(headers) => onChange({ headers })}
        />
        <TlsField tls={draft.tls} faultAt={faultAt} onChange={(tls) => onChange({ tls })} />
      </div>
    </details>
  );
}

type Part = Pick<EndpointFormProps, "draft" | "onChange" | "faultAt">;

/** What stands around an event, and what else signs it. */
function BodyFields({ draft, onChange, faultAt }: Part): ReactNode {
  return (
    <>
      <RadioChoices
        legend="Format"
        value={draft.format}
        choices={FORMATS}
        onChange={(format) => onChange({ format })}
      />
      <TextField
        label="Signature of the body alone"
        value={draft.bodySignature}
        placeholder="X-Hub-Signature-256"
        hint="A header with sha256= and the HMAC of the body, for a tool that verifies nothing else. It is weaker. Empty: none."
        fault={faultAt("body_signature")}
        onChange={(bodySignature) => onChange({ bodySignature })}
      />
    </>
  );
}

/** How fast, at most. */
function SpeedFields({ draft, onChange, faultAt }: Part): ReactNode {
  return (
    <div className="filters">
      <TextField
        label="At once"
        type="number"
        value={draft.concurrency}
        placeholder="8"
        hint="Callbacks under way at the same time, 1 to 100. Empty: 8."
        fault={faultAt("concurrency")}
        onChange={(concurrency) => onChange({ concurrency })}
      />
      <TextField
        label="At most a second"
        type="number"
        value={draft.rateLimit}
        placeholder="no limit"
        hint="Callbacks a second, up to 1,000. Empty: no limit."
        fault={faultAt("rate_limit")}
        onChange={(rateLimit) => onChange({ rateLimit })}
      />
      <TextField
        label="Attempts"
        type="number"
        value={draft.attempts}
        placeholder="10"
        hint="At a delivery, 1 to 10. Empty: 10, over three days."
        fault={faultAt("attempts")}
        onChange={(attempts) => onChange({ attempts })}
      />
    </div>
  );
}

const FORMATS = [
  { id: "standard", name: "As documented", hint: "The event, as every receiver here takes it." },
  { id: "cloudevents", name: "CloudEvents", hint: "The same in the envelope of CloudEvents 1.0." },
] as const;

const ORDERINGS = [
  {
    id: "none",
    name: "As fast as it goes",
    hint: "Events may arrive in another order than they happened. The receiver goes by their sequence.",
  },
  {
    id: "subject",
    name: "In order for each record",
    hint: "An event waits until the one before it of the same record was taken. Other records go on.",
  },
] as const;
