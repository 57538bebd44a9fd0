import { type ReactNode, useSyncExternalStore } from "react";

import { Icon } from "./icon.tsx";

interface Toast {
  readonly id: number;
  readonly kind: "done" | "problem";
  readonly text: string;
}

/** Long enough to be read twice. */
const SHOWN_MS = 8_000;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Tells what came of something that a person did, wherever they are by then. */
export function toast({ kind, text }: Omit<Toast, "id">): void {
  lastId += 1;
  const id = lastId;
  change([...toasts, { id, kind, text }].slice(-3));
  setTimeout(() => change(toasts.filter((shown) => shown.id !== id)), SHOWN_MS);
}

/** Read out when something comes, without taking the focus. */
export function ToastRegion(): ReactNode {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, kind, text }) => (
        <p key={id} className="toast" data-kind={kind}>
          <Icon name={kind === "done" ? "good" : "warning"} /> {text}
        </p>
      ))}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
