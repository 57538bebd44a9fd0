import type { ReactNode } from "react";

const WIDTH = 96;
const HEIGHT = 24;

/** Hours as bars: what was delivered, and on top of it, in another colour and hatched, what failed. Its words say the sums. */
export function SparkLine({
  delivered,
  failed,
}: {
  /** Per hour, the oldest first; as many as `failed`. */
  readonly delivered: readonly number[];
  readonly failed: readonly number[];
}): ReactNode {
  const highest = Math.max(1, ...delivered.map((count, hour) => count + (failed[hour] ?? 0)));
  const step = WIDTH / Math.max(1, delivered.length);
  const toHeight = (count: number): number => (count / highest) * HEIGHT;
  return (
    <svg
      className="spark"
      role="img"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      aria-label={`Last ${delivered.length} hours: ${sum(delivered)} delivered, ${sum(failed)} attempts failed`}
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="spark-base" />
      {delivered.map((count, hour) => {
        const good = toHeight(count);
        const bad = toHeight(failed[hour] ?? 0);
        return (
          // oxlint-disable-next-line react/no-array-index-key -- the hour is what a bar is
          <g key={hour}>
            <rect x={hour * step} width={step - 1} y={HEIGHT - good} height={good} className="spark-good" />
            <rect
              x={hour * step}
              width={step - 1}
              y={HEIGHT - good - bad}
              height={bad}
              className="spark-bad"
            />
          </g>
        );
      })}
    </svg>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
