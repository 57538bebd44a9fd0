import type { ReactNode } from "react";

import { Button } from "./button.tsx";
import { Icon } from "../layout/icon.tsx";
import { toast } from "../layout/toasts.tsx";

/** Browsers hand out the clipboard over https and on this machine only: elsewhere the text is there to be marked. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ kind: "done", text: `Copied ${what}.` });
    } catch {
      toast({ kind: "problem", text: "This browser does not let us copy here: mark the text and copy it." });
    }
  };
  return (
    <Button
      look="quiet"
      aria-label={`Copy ${what}`}
      onPress={() => {
        void copy();
      }}
    >
      <Icon name="copy" />
    </Button>
  );
}
