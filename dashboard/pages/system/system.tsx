import "./system.css";

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";

import { PageHead } from "../../components/layout/page-head.tsx";
import { type TabLink, TabLinks } from "../../components/controls/tab-links.tsx";
import { useRights } from "../../shell/use-me.ts";
import { NotFound } from "../not-found.tsx";
import { Access } from "./access.tsx";
import { AuditLog } from "./audit-log.tsx";
import { SystemOverview } from "./system-overview.tsx";

const TABS = [
  { path: "/system", name: "Service" },
  { path: "/system/access", name: "Access" },
  { path: "/system/audit", name: "Audit log" },
] as const satisfies readonly TabLink[];

/** What the service runs on, who may use it, and what was done with it. */
export function System(): ReactNode {
  const { tab } = useParams();
  const { isAdmin, isOperator } = useRights();
  const shown = TABS.find(({ path }) => path === (tab === undefined ? "/system" : `/system/${tab}`));
  if (!shown) return <NotFound />;
  if (!isOperator) return <ForOthers whom="operators" />;
  if (!isAdmin && shown.path !== "/system") return <ForOthers whom="admins" />;
  return (
    <div className="page">
      <PageHead title={shown.path === "/system" ? "System" : shown.name} />
      {isAdmin ? <TabLinks label="Parts of the system" tabs={TABS} here={shown.path} /> : null}
      <Tab path={shown.path} />
    </div>
  );
}

function Tab({ path }: { readonly path: (typeof TABS)[number]["path"] }): ReactNode {
  switch (path) {
    case "/system":
      return <SystemOverview />;
    case "/system/access":
      return <Access />;
    case "/system/audit":
      return <AuditLog />;
  }
}

/** Somebody sent the address to one who may not see it. */
function ForOthers({ whom }: { readonly whom: "operators" | "admins" }): ReactNode {
  return (
    <div className="page">
      <PageHead title={`This page is for ${whom}`} />
      <p>
        The token that you signed in with does not show it. <Link href="/">Go to the home page</Link>.
      </p>
    </div>
  );
}
