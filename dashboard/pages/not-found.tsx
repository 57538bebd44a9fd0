import type { ReactNode } from "react";
import { Link } from "wouter";

import { PageHead } from "../components/layout/page-head.tsx";

export function NotFound(): ReactNode {
  return (
    <div className="page">
      <PageHead title="There is no such page" />
      <p>
        The address may have been cut off on its way here. <Link href="/">Go to the home page</Link>.
      </p>
    </div>
  );
}
