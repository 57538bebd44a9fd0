/**
 * Where reading goes on when a dialog closes whose button went away with what it changed. Until it is gone the dialog keeps
 * the focus inside of itself, and then gives it back to that button: so this comes after it.
 */
export function focusAfterDialog(selector: string): void {
  requestAnimationFrame(() => {
    if (document.querySelector('[role="dialog"]')) {
      focusAfterDialog(selector);
      return;
    }
    // The dialog gives back the focus in the frame after it has gone.
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(selector)?.focus();
    });
  });
}
