import type { ReactNode } from "react";

import type { Endpoint } from "../../../api/answers.ts";
import { Card } from "../../../components/layout/card.tsx";
import { type Fact, Facts } from "../../../components/layout/facts.tsx";
import { Moment } from "../../../components/format/moment.tsx";
import { useRights } from "../../../shell/use-me.ts";

/** The settings, to be read. */
export function SettingsFacts({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { isAdmin, isOperator } = useRights();
  return (
    <div className="columns">
      <Card title="What it gets">
        <Facts facts={whatFacts(endpoint)} />
      </Card>
      <Card title="How it is called">
        <Facts facts={howFacts(endpoint)} />
        {isOperator && !isAdmin ? (
          <p className="quiet">A viewer sees the host only: the rest of an address may carry a token.</p>
        ) : null}
      </Card>
    </div>
  );
}

function whatFacts(endpoint: Endpoint): readonly Fact[] {
  const { accounts, events, expand, include, local_time: localTime, payload, when } = endpoint;
  return [
    { name: "Events", value: <Codes texts={events} /> },
    { name: "Accounts", value: accounts === null ? "all" : accounts.join(", ") },
    {
      name: "Conditions",
      value: when.length === 0 ? "none" : <Codes texts={when.map(formatCondition)} />,
    },
    { name: "Payload", value: payload },
    { name: "Sensitive fields", value: include.length === 0 ? "none" : <Codes texts={include} /> },
    { name: "Comes along", value: expand.length === 0 ? "nothing" : <Codes texts={expand} /> },
    { name: "Local times", value: localTime ? "yes" : "no" },
  ];
}

function howFacts(endpoint: Endpoint): readonly Fact[] {
  const { attempts, body_signature: bodySignature, concurrency, created_at: createdAt, format } = endpoint;
  const { headers, ordering, rate_limit: rateLimit, tls, url } = endpoint;
  const names = Object.keys(headers);
  return [
    { name: "URL", value: <code>{url}</code> },
    { name: "Format", value: format === "cloudevents" ? "CloudEvents" : "as documented" },
    { name: "Order", value: ordering === "subject" ? "in order for each record" : "as fast as it goes" },
    { name: "At once", value: `${concurrency} ${concurrency === 1 ? "callback" : "callbacks"}` },
    { name: "At most", value: rateLimit === null ? "no limit" : `${rateLimit} a second` },
    { name: "Attempts", value: attempts === null ? "10" : String(attempts) },
    { name: "Signature of the body", value: bodySignature === null ? "none" : <code>{bodySignature}</code> },
    { name: "Headers", value: names.length === 0 ? "none" : <Codes texts={names} /> },
    { name: "TLS", value: tls === null ? "public authorities" : "certificates of its own" },
    { name: "Made", value: <Moment at={createdAt} exact /> },
    { name: "Changed", value: <Moment at={endpoint.updated_at} exact /> },
    { name: "Revision", value: String(endpoint.revision) },
  ];
}

/** `cancelled_at: null → any`. */
function formatCondition({ field, from, to }: Endpoint["when"][number]): string {
  const format = (value: typeof from): string => (value === undefined ? "any" : JSON.stringify(value));
  return from === undefined && to === undefined
    ? `${field} changes`
    : `${field}: ${format(from)} → ${format(to)}`;
}

function Codes({ texts }: { readonly texts: readonly string[] }): ReactNode {
  return (
    <ul className="chips">
      {texts.map((text) => (
        <li key={text}>
          <code>{text}</code>
        </li>
      ))}
    </ul>
  );
}
