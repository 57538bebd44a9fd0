import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";

export interface TabLink {
  readonly path: string;
  readonly name: string;
}

/** Parts of a page, each with an address of its own. */
export function TabLinks({
  label,
  tabs,
  here,
}: {
  readonly label: string;
  readonly tabs: readonly TabLink[];
  /** The path of the one that is shown. */
  readonly here: string;
}): ReactNode {
  const nav = useRef<HTMLElement>(null);
  const shownAt = tabs.findIndex(({ path }) => path === here);
  // On a phone they do not all fit. The page itself stays where it is.
  useEffect(() => {
    const shown = nav.current?.children[shownAt];
    if (!nav.current || !(shown instanceof HTMLElement)) return;
    const middle = shown.offsetLeft - nav.current.offsetLeft + shown.offsetWidth / 2;
    nav.current.scrollLeft = middle - nav.current.clientWidth / 2;
  }, [shownAt]);
  return (
    <nav ref={nav} className="tabs" aria-label={label}>
      {tabs.map(({ path, name }) => (
        <Link key={path} href={path} aria-current={path === here ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
