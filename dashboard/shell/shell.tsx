import type { ReactNode } from "react";
import { Link } from "wouter";

import { Icon } from "../components/layout/icon.tsx";
import { Account } from "./account-menu.tsx";
import { Finder } from "./finder.tsx";
import { Navigation } from "./navigation.tsx";
import { Offline } from "./offline.tsx";
import { useFocusOnNewPage } from "./use-focus-on-new-page.ts";

/** What stands around every page. */
export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const main = useFocusOnNewPage();
  return (
    <div className="shell">
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          // The address names the page, not the place on it.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <header className="shell-head">
        <Link href="/" className="brand" aria-label="cliniko-webhooks: home">
          <Icon name="pulse" />
          <span>cliniko-webhooks</span>
        </Link>
        <Finder />
        <Account />
      </header>
      <Navigation />
      <main id="main" ref={main} tabIndex={-1} className="shell-main">
        <Offline />
        {children}
      </main>
    </div>
  );
}
