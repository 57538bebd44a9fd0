import { healthOf } from "../../dashboard/components/status/endpoint-health.ts";
import { TONES, toneOf } from "../../dashboard/components/status/source-kind.ts";
import { formatQueues } from "../../dashboard/pages/home/format-queues.ts";
import { rankOf } from "../../src/admin/assess/severity.ts";
import type { Overview } from "../../src/ops/api/overview/overview-schemas.ts";
import type { Lights } from "./standstill-world.ts";

type Severity = Overview["verdict"]["severity"];

const HEAD = ["what is", "verdict", "after", "status, doctor", "ready", "overview"];
const MORE = ["dashboard", "metrics", "alerts"];

/** What each light said of each world, as one table. */
export function formatLightTable(rows: readonly string[]): string {
  const head = [...HEAD, ...MORE];
  return ["", `| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...rows].join("\n");
}

/** @param codes that were meant, of those found; @param isStill no clock was set on */
export function toLightRow(
  { after, way }: { readonly way: string; readonly after: string },
  lights: Lights,
  codes: readonly string[],
  isStill: boolean,
): string {
  const { alerts, dashboard, doctor, overview, ready, status } = lights;
  // What a clock that was set on brings along is no part of the standstill.
  const ownClock = ["StorageTrouble", "QueueOverdue"];
  const cells = [
    way,
    codes.map((code) => `\`${code}\``).join(", "),
    after,
    `${status.well ? 0 : 3}, ${doctor.well ? 0 : 3}`,
    ready,
    overview ? overview.verdict.severity : "none",
    dashboard?.map(({ name, tone, words }) => `${tone}: ${name} ${words}`).join("; ") ?? "no answer",
    issuesOf(lights).join(", "),
    alerts.filter((alert) => isStill || !ownClock.includes(alert)).join(", "),
  ];
  return `| ${cells.join(" | ")} |`;
}

function issuesOf({ metrics }: Lights): string[] {
  return (metrics.get("cliniko_webhooks_issues") ?? [])
    .filter(({ value }) => value > 0)
    .map(({ labels }) => `${labels["code"]} ${labels["severity"]}`)
    .toSorted();
}

/** Where two lights say different things. Where the clock was set on, jobs come and go between two questions. */
export function disagreements(lights: Lights, isStill: boolean): string[] {
  const { dashboard, doctor, metrics, overview, status } = lights;
  if (!overview) return [];
  const { issues, severity } = overview.verdict;
  const told = [...new Set(issues.map(({ code, severity: of }) => `${code} ${of}`))].toSorted().join();
  const counted = issuesOf(lights).join();
  const tones = (dashboard ?? []).map(({ tone }) => (tone === "bad" ? "critical" : "less"));
  const worst = tones.includes("critical") ? "critical" : (tones[0] ?? "ok");
  const isWell = severity === "ok" || severity === "notice";
  return [
    isStill && counted !== told ? `metrics count ${counted}, the overview has ${told}` : "",
    metrics.get("cliniko_webhooks_severity")?.[0]?.value === rankOf(severity) ? "" : "metrics: severity",
    worst === (severity === "ok" || severity === "critical" ? severity : "less") ? "" : `dashboard: ${worst}`,
    status.well === isWell ? "" : "status",
    isWell || !doctor.well ? "" : "doctor",
    ...ofSources(lights, overview, isStill),
    ...ofEndpoints(lights, overview, isStill),
    ...ofWork(lights, overview, isStill),
  ].filter(Boolean);
}

/** As one thing is judged: by itself, in the list of issues, in a metric, in the words of `status`. */
function ofSources({ metrics, status }: Lights, overview: Overview, isStill: boolean): string[] {
  // A command finds no installation in an emptied Redis, and says so instead.
  const isListed = isStill && status.text.includes("complete up to");
  return overview.sources.shown.flatMap((source) => {
    const { account, code, resource, severity } = source;
    const name = `${account}/${resource}`;
    const issue = overview.verdict.issues.find((one) => one.account === account && one.resource === resource);
    const gauge = metrics
      .get("cliniko_webhooks_source_severity")
      ?.find(({ labels }) => labels["account"] === account && labels["resource"] === resource);
    const word = severity === "ok" ? code.replaceAll("_", " ") : code;
    const tone = toneOf(source);
    return [
      sameIssue(name, source, issue),
      tone === "idle" || tone === TONES[severity] ? "" : `${name}: its chip is ${tone}, it is ${severity}`,
      isStill && gauge?.value !== rankOf(severity) ? `${name}: its metric is ${gauge?.value}` : "",
      isListed && !status.text.includes(word) ? `${name}: status does not say ${word}` : "",
    ];
  });
}

function ofEndpoints({ metrics }: Lights, overview: Overview, isStill: boolean): string[] {
  return overview.endpoints.shown.flatMap(({ id, status }) => {
    const issue = overview.verdict.issues.find(({ endpoint }) => endpoint === id);
    const gauge = metrics
      .get("cliniko_webhooks_endpoint_severity")
      ?.find(({ labels }) => labels["endpoint"] === id);
    const { tone } = healthOf(status);
    // A person paused it: that is neither good nor bad.
    const meant = status.state === "paused" ? "idle" : TONES[status.severity];
    return [
      sameIssue(id, status, issue),
      tone === meant ? "" : `${id}: its pill is ${tone}, it is ${status.severity}`,
      isStill && gauge?.value !== rankOf(status.severity) ? `${id}: its metric is ${gauge?.value}` : "",
    ];
  });
}

/** Queues, processes and clocks. */
function ofWork({ system }: Lights, overview: Overview, isStill: boolean): string[] {
  const { issues } = overview.verdict;
  const queues = overview.queues ?? [];
  const sentence = formatQueues(queues, Date.parse(overview.at));
  const critical = queues.filter(({ severity }) => severity === "critical");
  const isMissed = issues.some(({ code }) => code === "worker_missing");
  const clock = issues.find(({ code }) => code === "storage_clock");
  const silent = system?.processes.filter(({ code }) => code === "process_silent").length;
  return [
    ...queues
      .filter(({ code }) => code !== "worker_missing")
      .map((one) =>
        sameIssue(
          one.queue,
          one,
          issues.find(({ queue }) => queue === one.queue),
        ),
      ),
    queues.some(({ code }) => code === "worker_missing") && !isMissed ? "a queue misses a worker" : "",
    sentence.startsWith("The queues are draining") === (critical.length === 0) ? "" : `queues: ${sentence}`,
    system && system.redis.clock.severity !== (clock?.severity ?? "ok") ? "system: its clock" : "",
    isStill && system && silent !== issues.filter(({ code }) => code === "process_silent").length
      ? `system: ${silent} silent`
      : "",
  ];
}

function sameIssue(
  name: string,
  { code, severity }: { readonly code: string; readonly severity: Severity },
  issue: Overview["verdict"]["issues"][number] | undefined,
): string {
  if (severity === "ok") return issue ? `${name}: ok, and ${issue.code}` : "";
  return issue?.code === code && issue.severity === severity
    ? ""
    : `${name}: ${severity} ${code}, and ${issue?.severity} ${issue?.code}`;
}
