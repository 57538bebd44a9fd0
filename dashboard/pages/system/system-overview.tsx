import type { ReactNode } from "react";

import type { System } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Loading } from "../../components/layout/loading.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { ProcessesCard } from "./processes-card.tsx";
import { RedisCard } from "./redis-card.tsx";
import { StorageCard } from "./storage-card.tsx";

const REFRESH_MS = 5_000;

export function SystemOverview(): ReactNode {
  const { data: system, error } = useApi<System>("/system", { refreshMs: REFRESH_MS });
  return (
    <>
      {error ? <ProblemNote problem={error} /> : null}
      {system ? (
        <>
          <ProcessesCard system={system} />
          <div className="columns">
            <RedisCard redis={system.redis} />
            <StorageCard storage={system.storage} retention={system.retention} />
          </div>
        </>
      ) : error ? null : (
        <Loading what="what the service runs on" />
      )}
    </>
  );
}
