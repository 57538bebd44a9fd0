import { readFileSync } from "node:fs";

import { parse } from "yaml";

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
type Metrics = ReadonlyMap<string, readonly Series[]>;

/** Names of the shipped rules whose expression holds for this answer of `/metrics`, whatever their `for` says. */
export function firingAlerts(text: string): string[] {
  const metrics = parseMetrics(text);
  const file = readFileSync(new URL("../../deploy/prometheus/alerts.yaml", import.meta.url), "utf8");
  const { groups } = parse(file) as { groups: { rules: { alert: string; expr: string }[] }[] };
  return groups
    .flatMap(({ rules }) => rules)
    .filter(({ expr }) => !/rate\(|delta\(|group_left|up\{/.test(expr) && evaluate(expr, metrics).length > 0)
    .map(({ alert }) => alert.replace("ClinikoWebhooks", ""));
}

export function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, Series[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", of = ""]) => [key, of]);
    const series = { labels: Object.fromEntries(pairs) as Record<string, string>, value: toNumber(value) };
    metrics.set(name, [...(metrics.get(name) ?? []), series]);
  }
  return metrics;
}

function toNumber(value = ""): number {
  return value === "+Inf" ? Infinity : Number(value);
}

/** What PromQL makes of the forms that our rules have: a comparison of a `max`, with `unless on` and `and on` after it. */
function evaluate(expr: string, metrics: Metrics): readonly Series[] {
  const [first = "", ...rest] = expr.trim().split(/\s+(?=(?:unless|and) on \()/);
  return rest.reduce(
    (left, part) => {
      const [, word, on = "", term = ""] = /^(unless|and) on \((\w+)\) ([\s\S]*)$/.exec(part) ?? [];
      const matched = new Set(compare(term, metrics).map(({ labels }) => labels[on]));
      return left.filter(({ labels }) => matched.has(labels[on]) === (word === "and"));
    },
    compare(first, metrics),
  );
}

function compare(term: string, metrics: Metrics): readonly Series[] {
  const form = /^max(?: by \(([^)]*)\))? ?\((\w+)(?:\{(.*)\})?\) (==|>|>=|<) ([\d.]+)$/.exec(term.trim());
  if (!form) return [];
  const [, by = "", name = "", matchers = "", operator = "", limit = ""] = form;
  const groups = new Map<string, Series>();
  for (const { labels, value } of metrics.get(name) ?? []) {
    if (!matches(labels, matchers)) continue;
    const kept = Object.fromEntries(by.split(/, ?/).map((label) => [label, labels[label] ?? ""]));
    const key = JSON.stringify(kept);
    groups.set(key, { labels: kept, value: Math.max(value, groups.get(key)?.value ?? -Infinity) });
  }
  return [...groups.values()].filter(({ value }) => holds(value, operator, Number(limit)));
}

function matches(labels: Series["labels"], matchers: string): boolean {
  return [...matchers.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].every(([, label = "", operator, wanted = ""]) =>
    operator === "=" ? labels[label] === wanted : new RegExp(`^(?:${wanted})$`).test(labels[label] ?? ""),
  );
}

function holds(value: number, operator: string, limit: number): boolean {
  if (operator === "==") return value === limit;
  if (operator === ">") return value > limit;
  return operator === ">=" ? value >= limit : value < limit;
}
