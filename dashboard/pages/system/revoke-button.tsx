import type { ReactNode } from "react";

import type { Token } from "../../api/answers.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { ConfirmButton } from "../../components/controls/confirm-button.tsx";
import { focusAfterDialog } from "../../components/controls/focus-after-dialog.ts";
import { Note } from "../../components/layout/note.tsx";
import { useMe } from "../../shell/use-me.ts";

/** Takes a token's access away. */
export function RevokeButton({
  token: { id, name, role },
  focusAfter,
}: {
  readonly token: Token;
  /** A selector: its row is gone by then, and the button with it. */
  readonly focusAfter: string;
}): ReactNode {
  const me = useMe();
  const { mutateAsync } = useAction(
    async () => await request<undefined>(`/tokens/${encodeURIComponent(id)}`, { method: "DELETE" }),
    { changes: ["/tokens", "/audit"], done: () => `Revoked “${name}”. It opens nothing any more.` },
  );
  return (
    <ConfirmButton
      label={
        <>
          Revoke<span className="hidden"> {name}</span>
        </>
      }
      title={`Revoke “${name}”?`}
      yes="Revoke"
      look="danger"
      act={async () => {
        await mutateAsync();
        focusAfterDialog(focusAfter);
      }}
    >
      {me.id === id ? (
        <Note tone="warn">
          <p>You are signed in with this very token: you will be signed out.</p>
        </Note>
      ) : null}
      <p>
        It opens nothing from now on, and whoever is signed in with it is signed out. That cannot be undone:
        another token has to be made and handed over.
      </p>
      {role === "subscriber" ? (
        <p>
          Endpoints that were made with it stay and go on being called. Pause or delete them if that is to
          end, too.
        </p>
      ) : null}
    </ConfirmButton>
  );
}
