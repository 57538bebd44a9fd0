import { type ReactNode, useId } from "react";

/** A part of a page with a heading of its own. */
export function Card({
  title,
  aside,
  wide = false,
  headingId,
  children,
}: {
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ReactNode;
  readonly wide?: boolean;
  /** For giving the heading the focus, when what had it is gone. */
  readonly headingId?: string;
  readonly children: ReactNode;
}): ReactNode {
  const ownId = useId();
  const id = headingId ?? ownId;
  return (
    <section className="card" aria-labelledby={id} data-wide={wide || undefined}>
      <header className="card-head">
        <h2 id={id} {...(headingId === undefined ? {} : { tabIndex: -1 })}>
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
