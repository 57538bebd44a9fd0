import { Fragment, type ReactNode } from "react";

import { formatMoment } from "./moment.tsx";

const MOMENT = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** A sentence of the API with its moments as the reader's own clock has them; on hovering as they were written. */
export function WithMoments({ text }: { readonly text: string }): ReactNode {
  return text.split(MOMENT).map((part, index) =>
    MOMENT.test(part) ? (
      // oxlint-disable-next-line react/no-array-index-key -- its place in the sentence is what a part is
      <time key={index} dateTime={part} title={part}>
        {formatMoment(part)}
      </time>
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- as above
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
