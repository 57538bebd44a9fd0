import "./events.css";

import type { ReactNode } from "react";

import { PageHead } from "../../components/layout/page-head.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { EventFilters } from "./event-filters.tsx";
import { EventList } from "./event-list.tsx";
import { FindRecord } from "./find-record.tsx";

/** What has happened, the newest first; and, for an id alone, which record has it. */
export function Events(): ReactNode {
  const filters = useFilters();
  const wanted = filters.get("find");
  if (wanted !== "") return <FindRecord id={wanted} />;
  return (
    <div className="page">
      <PageHead title="Events" />
      <EventFilters />
      <EventList />
    </div>
  );
}
