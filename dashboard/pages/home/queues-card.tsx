import type { ReactNode } from "react";

import { BASE_PATH } from "../../api/base-path.ts";
import type { History, Overview } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Card } from "../../components/layout/card.tsx";
import { Icon } from "../../components/layout/icon.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { formatPerMinute, formatQueues, formatSleeping } from "./format-queues.ts";

const HISTORY_REFRESH_MS = 10_000;

type QueueStatus = NonNullable<Overview["queues"]>[number];

/** Are the queues draining? For operators. */
export function QueuesCard({
  queues,
  at,
}: {
  readonly queues: NonNullable<Overview["queues"]>;
} & Pick<Overview, "at">): ReactNode {
  const { data: history } = useApi<History>("/history", {
    query: { range: "hour" },
    refreshMs: HISTORY_REFRESH_MS,
  });
  const atMs = Date.parse(at);
  return (
    <Card title="Queues" aside={<a href={`${BASE_PATH}/ops/queues`}>Queue board</a>}>
      <p className="lead">{formatQueues(queues, atMs)}</p>
      {history ? <p>{formatPerMinute(history)}</p> : null}
      <div className="table-frame" role="region" aria-label="Queues" tabIndex={0}>
        <table className="table queue-table">
          <caption className="hidden">Jobs of each queue</caption>
          <thead>
            <tr>
              <th scope="col">Queue</th>
              <th scope="col" data-numeric="true">
                Waiting
              </th>
              <th scope="col" data-numeric="true">
                At work
              </th>
              <th scope="col" data-numeric="true">
                Asleep
              </th>
              <th scope="col" data-numeric="true">
                Failed
              </th>
              <th scope="col" data-numeric="true">
                Workers
              </th>
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <QueueRow key={queue.queue} queue={queue} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">{formatSleeping(queues)}</p>
    </Card>
  );
}

function QueueRow({ queue: status }: { readonly queue: QueueStatus }): ReactNode {
  const {
    active,
    code,
    delayed,
    failed,
    next_wake_at: wake,
    oldest_waiting_at: oldest,
    queue,
    waiting,
    workers,
  } = status;
  return (
    <tr>
      <th scope="row">{queue}</th>
      <td data-numeric="true">
        {waiting}
        {oldest === null ? null : (
          <span className="queue-note">
            oldest <Moment at={oldest} />
          </span>
        )}
      </td>
      <td data-numeric="true">{active}</td>
      <td data-numeric="true">
        {delayed}
        {code !== "queue_overdue" || wake === null ? null : (
          <span className="queue-note" data-urgency="bad">
            <Icon name="bad" /> should have woken <Moment at={wake} />
          </span>
        )}
      </td>
      <td data-numeric="true" data-urgency={failed > 0 ? "warn" : undefined}>
        {failed > 0 ? <Icon name="alert" /> : null} {failed}
      </td>
      <td data-numeric="true" data-urgency={code === "worker_missing" ? "bad" : undefined}>
        {code === "worker_missing" ? (
          <>
            <Icon name="bad" /> none
          </>
        ) : (
          (workers ?? <span title="This Redis does not tell who is connected.">?</span>)
        )}
      </td>
    </tr>
  );
}
