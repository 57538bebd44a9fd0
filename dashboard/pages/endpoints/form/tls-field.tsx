import type { ReactNode } from "react";

import { Button } from "../../../components/controls/button.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import { type DraftTls, NO_TLS } from "./draft.ts";
import { FieldFault } from "./field-fault.tsx";

interface TlsProps {
  /** Null: as it is. */
  readonly tls: DraftTls | null;
  readonly onChange: (tls: DraftTls) => void;
  readonly faultAt: (path: string) => string | undefined;
}

/** For a receiver with an authority of its own, or that wants to know us by a certificate. */
export function TlsField({ tls, onChange, faultAt }: TlsProps): ReactNode {
  return (
    <fieldset className="picker">
      <legend>TLS</legend>
      <p className="hint">Most receivers need none of it: their certificate is of a public authority.</p>
      {tls === null ? (
        <>
          <p>It has certificates of its own, which stay as they are.</p>
          <div>
            <Button onPress={() => onChange(NO_TLS)}>Replace or remove them</Button>
          </div>
        </>
      ) : (
        <Texts tls={tls} onChange={onChange} faultAt={faultAt} />
      )}
      <FieldFault fault={exactly(faultAt, "tls")} />
    </fieldset>
  );
}

/** What is wrong with the group, and not with one of its fields. */
function exactly(faultAt: TlsProps["faultAt"], path: string): string | undefined {
  const ofField = ["ca", "certificate", "key"].some((name) => faultAt(`${path}.${name}`) !== undefined);
  return ofField ? undefined : faultAt(path);
}

function Texts({ tls, onChange, faultAt }: Omit<TlsProps, "tls"> & { readonly tls: DraftTls }): ReactNode {
  return (
    <>
      <TextField
        label="Authority to trust"
        hint="PEM, instead of the public authorities."
        lines={3}
        value={tls.ca}
        fault={faultAt("tls.ca")}
        placeholder="-----BEGIN CERTIFICATE-----"
        onChange={(ca) => onChange({ ...tls, ca })}
      />
      <TextField
        label="Our certificate"
        hint="PEM, where the receiver wants to know who calls. It goes with its key."
        lines={3}
        value={tls.certificate}
        fault={faultAt("tls.certificate")}
        placeholder="-----BEGIN CERTIFICATE-----"
        onChange={(certificate) => onChange({ ...tls, certificate })}
      />
      <TextField
        label="Key of our certificate"
        hint="PEM without a passphrase. It is kept sealed and never shown again."
        lines={3}
        value={tls.key}
        fault={faultAt("tls.key")}
        placeholder="-----BEGIN PRIVATE KEY-----"
        onChange={(key) => onChange({ ...tls, key })}
      />
    </>
  );
}
