import type { ReactNode } from "react";

import { RadioChoices } from "../../../components/controls/radio-choices.tsx";

const SIGNATURES = [
  {
    id: "v1",
    name: "v1: a shared secret",
    hint: "HMAC-SHA256. What every library of Standard Webhooks knows. The secret is shown once.",
  },
  {
    id: "v1a",
    name: "v1a: a public key",
    hint: "ed25519. The receiver holds nothing secret, so that who breaks into it cannot sign. The usual libraries do not know it yet; ours for Node does.",
  },
] as const;

/** How the receiver sees that a callback is ours. */
export function SignatureField({
  signature,
  onChange,
}: {
  readonly signature: "v1" | "v1a";
  readonly onChange: (signature: "v1" | "v1a") => void;
}): ReactNode {
  return <RadioChoices legend="Signature" value={signature} choices={SIGNATURES} onChange={onChange} />;
}
