import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";

/** In front of everything, with the focus kept inside; Escape and a click beside it close it. */
export function Dialog({
  title,
  isOpen,
  mayDismiss = true,
  onClose,
  children,
}: {
  readonly title: string;
  readonly isOpen: boolean;
  /** False: only a button in it closes it, where what it shows would be lost. */
  readonly mayDismiss?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      isDismissable={mayDismiss}
      isKeyboardDismissDisabled={!mayDismiss}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className="modal">
        <AriaDialog className="dialog">
          <Heading slot="title">{title}</Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
