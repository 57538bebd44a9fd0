import { type ReactNode, useState } from "react";

import type { Endpoint, EndpointWithSecret } from "../../api/answers.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { Button } from "../../components/controls/button.tsx";
import { Card } from "../../components/layout/card.tsx";
import { CopyButton } from "../../components/controls/copy-button.tsx";
import { type Column, DataTable } from "../../components/tables/data-table.tsx";
import { Dialog } from "../../components/controls/dialog.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Note } from "../../components/layout/note.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { TextField } from "../../components/controls/text-field.tsx";
import { useRights } from "../../shell/use-me.ts";
import { SignatureField } from "./form/signature-field.tsx";
import { SecretOnce } from "./secret-once.tsx";
import { pathOf } from "./format-endpoint.ts";
import { ENDPOINT_CHANGES } from "./switch-buttons.tsx";

type Key = Endpoint["signing_keys"][number];

/** What its callbacks are signed with, and how to change it. */
export function KeysTab({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const [rotated, setRotated] = useState<EndpointWithSecret>();
  return (
    <>
      {rotated ? (
        <Card title="The new key">
          <SecretOnce endpoint={rotated} />
        </Card>
      ) : null}
      <Card
        title="Signing keys"
        aside={
          mayChangeEndpoints && endpoint.source === "api" ? (
            <RotateButton endpoint={endpoint} onRotated={setRotated} />
          ) : null
        }
      >
        <p className="quiet">
          Every key below signs every callback, so that a receiver with any of them is content. A secret is
          never shown again.
        </p>
        <DataTable
          caption="Signing keys"
          columns={COLUMNS}
          rows={endpoint.signing_keys}
          keyOf={({ created_at: createdAt, signature }) => `${signature} ${createdAt}`}
        />
        {endpoint.source === "file" ? (
          <Note>
            <p>
              Its keys stand in the configuration file. To change them, put the new one under{" "}
              <code>secret</code> and the former one under <code>former_secrets</code>.
            </p>
          </Note>
        ) : null}
      </Card>
    </>
  );
}

const KINDS: Readonly<Record<Key["signature"], string>> = {
  v1: "shared secret (HMAC-SHA256)",
  v1a: "public key (ed25519)",
};

const COLUMNS: readonly Column<Key>[] = [
  {
    name: "Signature",
    heads: true,
    cell: ({ signature }) => (
      <>
        <code>{signature}</code> <span className="quiet">{KINDS[signature]}</span>
      </>
    ),
  },
  { name: "Made", cell: ({ created_at: createdAt }) => <Moment at={createdAt} exact /> },
  {
    name: "Ends",
    cell: ({ expires_at: expiresAt }) => <Moment at={expiresAt} exact otherwise="when it is rotated" />,
  },
  {
    name: "Public key",
    cell: ({ public_key: publicKey }) =>
      publicKey === null ? (
        <span className="quiet">none: it is a secret</span>
      ) : (
        <span className="secret">
          <code>{publicKey}</code> <CopyButton text={publicKey} what="the public key" />
        </span>
      ),
  },
];

const HOUR_SECONDS = 3_600;
const OVERLAP_HOURS = "24";

function RotateButton({
  endpoint,
  onRotated,
}: {
  readonly endpoint: Endpoint;
  readonly onRotated: (endpoint: EndpointWithSecret) => void;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>Rotate</Button>
      <Dialog title={`Rotate the key of ${endpoint.id}?`} isOpen={isOpen} onClose={() => setOpen(false)}>
        <RotateForm
          endpoint={endpoint}
          onLeave={() => setOpen(false)}
          onRotated={(rotated) => {
            setOpen(false);
            onRotated(rotated);
          }}
        />
      </Dialog>
    </>
  );
}

function RotateForm({
  endpoint: { id, signing_keys: keys },
  onLeave,
  onRotated,
}: {
  readonly endpoint: Endpoint;
  readonly onLeave: () => void;
  readonly onRotated: (endpoint: EndpointWithSecret) => void;
}): ReactNode {
  const [hours, setHours] = useState(OVERLAP_HOURS);
  const [signature, setSignature] = useState(keys[0]?.signature ?? "v1");
  const rotate = useAction(
    async (body: { readonly overlap_seconds: number; readonly signature: Key["signature"] }) => {
      // Shown also when the question was closed meanwhile: there is no second look at a secret.
      onRotated(await request<EndpointWithSecret>(`${pathOf(id)}/rotate`, { method: "POST", body }));
    },
    { changes: ENDPOINT_CHANGES, done: () => `${id} has a new key.` },
  );
  const overlap = Math.round(Number(hours) * HOUR_SECONDS);
  return (
    <form
      className="dialog-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!rotate.isPending) rotate.mutate({ overlap_seconds: overlap, signature });
      }}
    >
      <p>
        A new key signs at once. The former one goes on signing beside it for the overlap: put the new one in
        place at the receiver in that time.
      </p>
      <TextField
        label="Overlap in hours"
        type="number"
        value={hours}
        onChange={setHours}
        hint="0 to 168 (7 days). 0 when the former key has leaked: it ends at once."
        fault={rotate.error?.fields.find(({ path }) => path === "overlap_seconds")?.message}
      />
      <SignatureField signature={signature} onChange={setSignature} />
      {rotate.error ? <ProblemNote problem={rotate.error} /> : null}
      <div className="dialog-actions">
        <Button onPress={onLeave}>Leave it</Button>
        <Button type="submit" look="primary" isPending={rotate.isPending} isDisabled={hours.trim() === ""}>
          Make the new key
        </Button>
      </div>
    </form>
  );
}
