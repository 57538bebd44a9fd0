import { type ReactNode, useState } from "react";

import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { ConfirmButton } from "../../components/controls/confirm-button.tsx";
import { focusAfterDialog } from "../../components/controls/focus-after-dialog.ts";
import { RadioChoices } from "../../components/controls/radio-choices.tsx";
import { formatResource } from "../../components/format/format-resource.ts";
import { type KeyLook, formatKeyLook } from "./format-key-look.ts";

/** What the guards met, which decides what can be found. */
export type Evidence = "missing" | "appeared" | "shape" | "foreign";

interface Released {
  readonly released: readonly { readonly resource: string; readonly detail: string }[];
  readonly key: KeyLook | null;
}

const MISSING = [
  {
    id: "as_it_is",
    name: "The records are there again",
    hint: "The right is back, or the fault has passed. Should records still be missing, the guard holds the account again.",
  },
  {
    id: "tell",
    name: "The missing records really are deleted",
    hint: "They are looked up one by one, and each that Cliniko answers with 404 twice, a minute apart, is told as deleted. One that shows up again later is told as restored.",
  },
] as const;

const APPEARED = [
  {
    id: "as_it_is",
    name: "The records are old: take them over silently",
    hint: "The key's user may see more now. What changes in them from now on is told; a backfill brings them to an endpoint.",
  },
  {
    id: "tell",
    name: "The records really are new: tell them as created",
    hint: "An import, for one. Whoever welcomes new patients by these events will welcome them all.",
  },
] as const;

type Finding = (typeof MISSING | typeof APPEARED)[number]["id"];

/** Lets the account go, once somebody has looked. */
export function ReleaseButton({
  account,
  evidence,
}: {
  readonly account: string;
  readonly evidence: Evidence;
}): ReactNode {
  const [finding, setFinding] = useState<Finding>("as_it_is");
  const { mutateAsync } = useAction(
    async (tell: boolean) =>
      await request<Released>(`/accounts/${encodeURIComponent(account)}/release`, {
        method: "POST",
        body: {
          accept_deletions: tell && evidence === "missing",
          appeared: tell && evidence === "appeared" ? "tell" : "silently",
          same_clinic: evidence === "foreign",
        },
      }),
    { changes: ["/accounts", "/overview"], done: formatReleased },
  );
  return (
    <ConfirmButton
      label="Release …"
      title={`Release ${account}?`}
      yes="Release"
      look="primary"
      act={async () => {
        await mutateAsync(finding === "tell");
        // The card of the guard is gone, and its button with it.
        focusAfterDialog("#main");
      }}
    >
      {evidence === "foreign" ? (
        <p>
          Release it only when it is the same clinic whose records are remembered: what answers now is
          quarantined against them, and differences are told as changes. If the key or base_url is mixed up,
          correct the configuration and start the service again: that releases it.
        </p>
      ) : evidence !== "shape" ? (
        <RadioChoices
          legend="What did you find in Cliniko, signed in as the key's user?"
          value={finding}
          choices={evidence === "missing" ? MISSING : APPEARED}
          onChange={setFinding}
        />
      ) : (
        <p>
          Release it when the release of cliniko-webhooks that you run knows the new shape. Otherwise the same
          guard holds it again at the next poll.
        </p>
      )}
      <p>Reading then goes on from where everything was last seen, and compares it all once.</p>
    </ConfirmButton>
  );
}

function formatReleased({ key, released }: Released): string {
  if (key) return formatKeyLook(key);
  if (released.length === 0) return "Nothing held the account any more: somebody has released it already.";
  const names = released.map(({ resource }) => formatResource(resource)).join(", ");
  return `Released: ${names}. Reading goes on where it stopped.`;
}
