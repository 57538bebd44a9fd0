import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Overview } from "../../api/answers.ts";
import { Icon } from "../../components/layout/icon.tsx";
import { Since } from "../../components/format/since.tsx";
import { formatCount } from "../../components/format/format-count.ts";
import { findTrouble } from "../../shell/trouble/find-trouble.ts";
import type { Trouble } from "../../shell/trouble/trouble.ts";
import { gatherTrouble } from "./gather-trouble.ts";
import { formatWell } from "./format-well.ts";

/** So many are named: with the words above they fit on a phone without scrolling. What is left out stands below. */
const MOST_NAMED = 4;

/** Whether all is well, in one line; if not, what is wrong, the worst first, each leading to where it is mended. */
export function Verdict({ overview }: { readonly overview: Overview }): ReactNode {
  const found = findTrouble(overview);
  const bad = found.filter(({ tone }) => tone === "bad").length;
  const tone = bad > 0 ? "bad" : found.length > 0 ? "warn" : "good";
  const lines = gatherTrouble(found);
  const left = lines.length - MOST_NAMED;
  return (
    <section className="verdict" data-tone={tone} aria-labelledby="verdict">
      <h2 id="verdict">
        <Icon name={tone === "good" ? "good" : tone === "bad" ? "bad" : "alert"} />
        <span role="status">{formatVerdict(bad, found.length - bad)}</span>
      </h2>
      {found.length === 0 ? (
        <p>{formatWell(overview)}</p>
      ) : (
        <ul>
          {lines.slice(0, MOST_NAMED).map((trouble) => (
            <TroubleLine key={`${trouble.path} ${trouble.words}`} trouble={trouble} />
          ))}
        </ul>
      )}
      {left > 0 ? <p className="verdict-more">and {formatCount(left, "more", "more")}, below</p> : null}
    </section>
  );
}

function formatVerdict(bad: number, warned: number): string {
  if (bad > 0) {
    const others = warned > 0 ? `; ${formatCount(warned, "is", "are")} worth a look` : "";
    return `${formatCount(bad, "thing needs", "things need")} you${others}`;
  }
  if (warned > 0)
    return `Nothing needs you now; ${formatCount(warned, "thing is", "things are")} worth a look`;
  return "All is well";
}

function TroubleLine({ trouble }: { readonly trouble: Trouble }): ReactNode {
  const { more, name, path, since, tone, words } = trouble;
  return (
    <li className="trouble" data-urgency={tone}>
      <Icon name={tone === "bad" ? "bad" : "alert"} />
      <span>
        <Link href={path}>{name}</Link>: {words}
        {since === null ? null : (
          <>
            {" "}
            <Since at={since} />
          </>
        )}
        {more === undefined ? null : <span className="quiet">; {more}</span>}
      </span>
    </li>
  );
}
