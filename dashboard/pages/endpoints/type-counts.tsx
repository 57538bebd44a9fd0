import type { ReactNode } from "react";

/** How many of each event type, the most first. */
export function TypeCounts({
  title,
  byType,
}: {
  readonly title: string;
  readonly byType: Readonly<Record<string, number>>;
}): ReactNode {
  const counts = Object.entries(byType).toSorted(([, left], [, right]) => right - left);
  const most = counts[0]?.[1] ?? 1;
  return (
    <table className="type-counts">
      <caption>{title}</caption>
      <tbody>
        {counts.map(([type, count]) => (
          <tr key={type}>
            <th scope="row">
              <code>{type}</code>
            </th>
            <td className="type-bar">
              <Bar part={count / most} />
            </td>
            <td data-numeric="true">{count.toLocaleString("en-GB")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Says nothing that the number beside it does not say. */
function Bar({ part }: { readonly part: number }): ReactNode {
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(1, part * 100)} height="8" />
    </svg>
  );
}
