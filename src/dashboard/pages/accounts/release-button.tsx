import { type ReactNode, useState } from "react";

import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { focusAfterDialog } from "../../parts/focus-after-dialog.ts";
import { RadioChoices } from "../../parts/radio-choices.tsx";
import { spellResource } from "../../parts/spell-resource.ts";
import { type KeyLook, spellKeyLook } from "./spell-key-look.ts";

type Finding = "back" | "deleted";

interface Released {
  readonly released: readonly { readonly resource: string; readonly detail: string }[];
  readonly key: KeyLook | null;
}

const FINDINGS = [
  {
    id: "back",
    name: "The records are there again",
    hint: "The right is back, or the fault has passed. Should records still be missing, the guard holds the account again.",
  },
  {
    id: "deleted",
    name: "The missing records really are deleted",
    hint: "They are looked up one by one, and each that Cliniko answers with 404 twice, a minute apart, is told as deleted. One that shows up again later is told as restored.",
  },
] as const;

/** Lets the account go, once somebody has looked. */
export function ReleaseButton({
  account,
  missing,
}: {
  readonly account: string;
  /** Records are missing: it matters whether they were deleted. */
  readonly missing: boolean;
}): ReactNode {
  const [finding, setFinding] = useState<Finding>("back");
  const { mutateAsync } = useAction(
    async (accept: boolean) =>
      await request<Released>(`/accounts/${encodeURIComponent(account)}/release`, {
        method: "POST",
        body: { accept_deletions: accept },
      }),
    { changes: ["/accounts", "/overview"], done: spellReleased },
  );
  return (
    <ConfirmButton
      label="Release …"
      title={`Release ${account}?`}
      yes="Release"
      look="primary"
      act={async () => {
        await mutateAsync(missing && finding === "deleted");
        // The card of the guard is gone, and its button with it.
        focusAfterDialog("#main");
      }}
    >
      {missing ? (
        <RadioChoices
          legend="What did you find in Cliniko, signed in as the key's user?"
          value={finding}
          choices={FINDINGS}
          onChange={setFinding}
        />
      ) : (
        <p>
          Release it when the release of cliniko-webhooks that you run knows the new shape. Otherwise the same
          guard holds it again at the next poll.
        </p>
      )}
      <p>Reading then goes on where it stopped.</p>
    </ConfirmButton>
  );
}

function spellReleased({ key, released }: Released): string {
  if (key) return spellKeyLook(key);
  if (released.length === 0) return "Nothing held the account any more: somebody has released it already.";
  const names = released.map(({ resource }) => spellResource(resource)).join(", ");
  return `Released: ${names}. Reading goes on where it stopped.`;
}
