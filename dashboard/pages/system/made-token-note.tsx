import { type ReactNode, useEffect, useRef } from "react";

import type { MadeToken } from "../../api/answers.ts";
import { Button } from "../../components/controls/button.tsx";
import { CopyButton } from "../../components/controls/copy-button.tsx";
import { Note } from "../../components/layout/note.tsx";

/** The token itself, this one time. */
export function MadeTokenNote({
  made: { name, role, token },
  onDone,
}: {
  readonly made: MadeToken;
  readonly onDone: () => void;
}): ReactNode {
  const secret = useRef<HTMLElement>(null);
  // The form that had the focus is gone: reading goes on at what took its place.
  useEffect(() => {
    secret.current?.focus();
  }, []);
  return (
    <>
      <Note tone="warn">
        <p>
          <strong>Copy it now: it is not shown again.</strong> Only its fingerprint is kept here. Whoever has
          it is “{name}”, with the role {role}: hand it over by a way that you trust, not by e-mail.
        </p>
      </Note>
      <div className="token-secret">
        <code ref={secret} tabIndex={-1}>
          {token}
        </code>
        <CopyButton text={token} what="the token" />
      </div>
      <div className="dialog-actions">
        <Button look="primary" onPress={onDone}>
          I have copied it
        </Button>
      </div>
    </>
  );
}
