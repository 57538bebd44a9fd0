import type { ReactNode } from "react";

import { Icon, type IconName } from "../../components/layout/icon.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Since } from "../../components/format/since.tsx";
import { stateWords } from "../../components/status/source-state.ts";
import { formatResource } from "../../components/format/format-resource.ts";
import type { Tone } from "../../components/status/tone.ts";
import { type Source, kindOf, toneOf } from "../../components/status/source-kind.ts";
import type { Joined } from "./join-wrong.ts";

const ICONS: Readonly<Record<Tone, IconName>> = { good: "good", warn: "alert", bad: "bad", idle: "waiting" };
/** The age of a live source says all else. */
const LIVE_WORDS: Readonly<Record<Tone, string>> = {
  good: "",
  idle: "",
  warn: "late, ",
  bad: "stands still, ",
};

/** A kind of record: how fresh it is. Or several, and what keeps them from being read, with all that is known about it. */
export function SourceChip({ joined }: { readonly joined: Joined }): ReactNode {
  const [source] = joined;
  const tone = toneOf(source);
  return (
    <li className="source-chip" data-state={tone} data-kind={kindOf(source)}>
      <Icon name={ICONS[tone]} />
      <span className="source-kinds">
        {formatResource(joined.map(({ resource }) => resource).join(", "))}
      </span>{" "}
      <span className="source-state">
        <StateOf source={source} tone={tone} />
      </span>
    </li>
  );
}

function StateOf({ source, tone }: { readonly source: Source; readonly tone: Tone }): ReactNode {
  const { complete_up_to: upTo, detail, since } = source;
  const { name } = stateWords(source);
  switch (kindOf(source)) {
    case "live":
      return (
        <>
          {LIVE_WORDS[tone]}
          <span className="hidden">complete up to </span>
          <Moment at={upTo} />
        </>
      );
    case "calm":
      return name;
    case "wrong":
      return (
        <>
          {name} {since === null ? null : <Since at={since} />}
          {detail === null ? null : `: ${detail}`}
          {upTo === null ? null : (
            <>
              {"; complete up to "}
              <Moment at={upTo} />
            </>
          )}
        </>
      );
  }
}
