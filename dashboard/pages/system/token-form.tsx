import { type ReactNode, useState } from "react";

import type { MadeToken } from "../../api/answers.ts";
import { useIdempotency } from "../../api/idempotency.ts";
import { type ProblemError, faultOf } from "../../api/problem.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { AccountNames } from "../../components/controls/account-names.tsx";
import { Button } from "../../components/controls/button.tsx";
import { CheckChoice } from "../../components/controls/check-choice.tsx";
import { RadioChoices } from "../../components/controls/radio-choices.tsx";
import { TextField } from "../../components/controls/text-field.tsx";
import { useMe } from "../../shell/use-me.ts";
import { EMPTY_TOKEN, type TokenDraft, toNewToken } from "./token-draft.ts";

const ROLES = [
  { id: "admin", name: "Admin", hint: "Changes everything, tokens included." },
  { id: "viewer", name: "Viewer", hint: "Looks at everything and changes nothing." },
  {
    id: "subscriber",
    name: "Subscriber",
    hint: "An external system: its own endpoints, and the accounts that it is given.",
  },
] as const;

/** Who it is for, and what it may do. */
export function TokenForm({
  onMade,
  onCancel,
}: {
  readonly onMade: (made: MadeToken) => void;
  readonly onCancel: () => void;
}): ReactNode {
  const [draft, setDraft] = useState<TokenDraft>(EMPTY_TOKEN);
  const idempotency = useIdempotency();
  const { mutate, error, isPending } = useAction(
    async (asked: TokenDraft) => {
      const body = toNewToken(asked);
      onMade(await request<MadeToken>("/tokens", { method: "POST", body, headers: idempotency(body) }));
    },
    { changes: ["/tokens", "/audit"] },
  );
  const change = (changes: Partial<TokenDraft>): void => {
    setDraft((former) => ({ ...former, ...changes }));
  };
  const submit = (event: { preventDefault(): void }): void => {
    event.preventDefault();
    mutate(draft);
  };
  return (
    <form onSubmit={submit} className="token-form">
      <TextField
        label="Name"
        hint="Who or what it is for, like CRM production: the audit log names it so."
        value={draft.name}
        fault={faultOf(error, "name")}
        autoFocus
        onChange={(name) => change({ name })}
      />
      <RadioChoices legend="Role" value={draft.role} choices={ROLES} onChange={(role) => change({ role })} />
      {draft.role === "subscriber" ? (
        <SubscriberFields draft={draft} problem={error} onChange={change} />
      ) : null}
      {draft.isEndless ? null : (
        <TextField
          label="Expires"
          type="datetime-local"
          hint="Empty: in 90 days."
          value={draft.expiresAt}
          fault={faultOf(error, "expires_at")}
          onChange={(expiresAt) => change({ expiresAt })}
        />
      )}
      <CheckChoice
        label="Does not expire"
        hint="It opens until it is revoked, also for whoever has copied it."
        isChosen={draft.isEndless}
        onChange={(isEndless) => change({ isEndless })}
      />
      <FormActions isPending={isPending} isReady={draft.name.trim() !== ""} onCancel={onCancel} />
    </form>
  );
}

function FormActions({
  isPending,
  isReady,
  onCancel,
}: {
  readonly isPending: boolean;
  readonly isReady: boolean;
  readonly onCancel: () => void;
}): ReactNode {
  return (
    <div className="dialog-actions">
      <Button onPress={onCancel}>Leave it</Button>
      <Button type="submit" look="primary" isPending={isPending} isDisabled={!isReady}>
        {isPending ? "Making it …" : "Make the token"}
      </Button>
    </div>
  );
}

function SubscriberFields({
  draft,
  problem,
  onChange,
}: {
  readonly draft: TokenDraft;
  readonly problem: ProblemError | null;
  readonly onChange: (changes: Partial<TokenDraft>) => void;
}): ReactNode {
  const { accounts: known } = useMe();
  const fault = faultOf(problem, "accounts");
  return (
    <>
      <TextField
        label="Subscriber"
        hint="The external system, like crm. Tokens of one subscriber see the same endpoints."
        value={draft.subscriber}
        fault={faultOf(problem, "subscriber")}
        onChange={(subscriber) => onChange({ subscriber })}
      />
      <AccountNames
        legend="Accounts it is given"
        known={known}
        chosen={draft.accounts}
        onChange={(accounts) => onChange({ accounts })}
      />
      {fault === undefined ? null : (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <CheckChoice
        label="May have sensitive fields"
        hint="Notes, Medicare and DVA numbers and the like: its endpoints may include them, and whoever signs in with it may show them."
        isChosen={draft.sensitive}
        onChange={(sensitive) => onChange({ sensitive })}
      />
    </>
  );
}
