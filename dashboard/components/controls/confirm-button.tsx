import { type ReactNode, useState } from "react";

import { Button, type ButtonProps } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

/** A button that asks first. `act` resolves when it is done; the question closes whatever came of it. */
export function ConfirmButton({
  label,
  title,
  yes,
  look = "plain",
  isDisabled,
  children,
  act,
}: {
  readonly label: ReactNode;
  /** The question. */
  readonly title: string;
  /** What the answer does, in its own word: "Delete", never "OK". */
  readonly yes: string;
  readonly look?: ButtonProps["look"];
  readonly isDisabled?: boolean;
  /** What will happen, and whether it can be undone. */
  readonly children: ReactNode;
  readonly act: () => Promise<unknown>;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [isPending, setPending] = useState(false);
  const close = (): void => {
    setOpen(false);
  };
  const confirm = async (): Promise<void> => {
    setPending(true);
    await act().catch(() => undefined); // told by `useAction`
    setPending(false);
    close();
  };
  return (
    <>
      <Button look={look} isDisabled={isDisabled ?? false} onPress={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog title={title} isOpen={isOpen} onClose={close}>
        {children}
        <div className="dialog-actions">
          <Button onPress={close}>Leave it</Button>
          <Button
            look={look === "danger" ? "danger" : "primary"}
            isPending={isPending}
            onPress={() => {
              void confirm();
            }}
          >
            {yes}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
