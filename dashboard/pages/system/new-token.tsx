import { type ReactNode, useState } from "react";

import type { MadeToken } from "../../api/answers.ts";
import { Button } from "../../components/controls/button.tsx";
import { Dialog } from "../../components/controls/dialog.tsx";
import { Icon } from "../../components/layout/icon.tsx";
import { MadeTokenNote } from "./made-token-note.tsx";
import { TokenForm } from "./token-form.tsx";

/** Makes a token, and shows it the one time that it can be shown. */
export function NewToken(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<MadeToken>();
  const close = (): void => {
    setOpen(false);
    // With the dialog the secret leaves this page's memory, too.
    setMade(undefined);
  };
  return (
    <>
      <Button look="primary" onPress={() => setOpen(true)}>
        <Icon name="add" /> New token
      </Button>
      <Dialog
        title={made ? "The token was made" : "New token"}
        isOpen={isOpen}
        mayDismiss={!made}
        onClose={close}
      >
        {made ? (
          <MadeTokenNote made={made} onDone={close} />
        ) : (
          <TokenForm onMade={setMade} onCancel={close} />
        )}
      </Dialog>
    </>
  );
}
