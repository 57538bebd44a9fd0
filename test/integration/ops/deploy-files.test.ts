import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";

import { expect } from "vitest";
import { parse, parseAllDocuments } from "yaml";

import { parseConfig } from "../../../src/config/parse-config.ts";
import { startHarness } from "../../support/harness.ts";
import { test } from "../../support/redis-test.ts";
import { SECRET, sources } from "../../support/test-config.ts";

const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");
const OPS_TOKEN = "a-long-random-word-of-ours";

/** What /metrics shows: each series' name with its labels, and each label's values. */
type Exported = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Metrics of others: Prometheus's own. */
const FOREIGN = new Set(["up"]);
/** Labels that Prometheus adds, or that histograms have. */
const EVERYWHERE = ["instance", "job", "le"];

test("the alerts and the dashboard name only metrics, labels and states that the service exports", async ({
  address,
  prefix,
}) => {
  await using harness = await startHarness({
    address,
    prefix,
    setup: {
      settings: { roles: ["poll", "dispatch", "ops"], ops: { port: 0, token: { env: "SECRET" } } },
    },
  });
  const [appointment] = harness.clinic.desk.appointments().filter((row) => row.cancelled_at === null);
  if (!appointment) throw new Error("the seeded clinic has an appointment");
  harness.clinic.desk.move(appointment.id, appointment.starts_at + 3_600);
  await harness.nextEvent(1);
  await expect.poll(async () => await scrape(harness.app.opsUrl)).toMatch(/delivery_latency_seconds_count\{/);
  const exported = parseMetrics(await scrape(harness.app.opsUrl));

  const expressions = [...alertExpressions(), ...dashboardExpressions()];
  expect(expressions.length).toBeGreaterThan(50);
  const faults = expressions.flatMap((text) => faultsOf(text, exported).map((fault) => `${text}: ${fault}`));
  expect(faults).toEqual([]);

  // And what would be wrong is noticed.
  expect(faultsOf("max by (acount) (cliniko_webhooks_source_age_seconds) > 1", exported)).toEqual([
    'no metric in it has the label "acount"',
  ]);
  expect(faultsOf('cliniko_webhooks_endpoint_state{state="broken"}', exported)).toEqual([
    'cliniko_webhooks_endpoint_state has no state "broken"',
  ]);
  expect(faultsOf("cliniko_webhooks_sources_age", exported)).toEqual([
    "there is no cliniko_webhooks_sources_age",
  ]);
  expect(faultsOf('cliniko_webhooks_store_up{account="a"}', exported)).toEqual([
    'cliniko_webhooks_store_up has no label "account"',
  ]);

  // The other way round: what is exported of the service itself is on the dashboard or in an alert.
  const used = new Set(expressions.flatMap((text) => seriesIn(text).map(({ name }) => baseOf(name))));
  const shown = [...exported.keys()].map(baseOf).filter((name) => name.startsWith("cliniko_webhooks_"));
  expect([...new Set(shown)].filter((name) => !used.has(name))).toEqual([
    "cliniko_webhooks_scan_duration_seconds",
    "cliniko_webhooks_records_read_total",
    "cliniko_webhooks_delivery_duration_seconds",
    "cliniko_webhooks_complete_up_to_seconds",
    "cliniko_webhooks_reconcile_failing_seconds",
    "cliniko_webhooks_budget_blocked_seconds",
  ]);
});

test("each alert says how bad, what, why and where to read on, and its brackets close", () => {
  for (const { alert, expr, labels, annotations } of alerts()) {
    expect(alert).toMatch(/^ClinikoWebhooks[A-Z]\w+$/);
    expect(["info", "warning", "critical"]).toContain(labels["severity"]);
    for (const name of ["summary", "description", "runbook"]) {
      expect([alert, name, (annotations[name] ?? "").length > 10]).toEqual([alert, name, true]);
    }
    expect([alert, isBalanced(expr)]).toEqual([alert, true]);
  }
  const names = alerts().map(({ alert }) => alert);
  expect(names).toHaveLength(new Set(names).size);
});

test("the dashboard has what Grafana wants of one, and no two panels lie on each other", () => {
  const dashboard = JSON.parse(read("deploy/grafana/dashboard.json")) as Dashboard;
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
  expect(dashboard.id).toBeNull();
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(dashboard.panels.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual([
    "Is each source fresh?",
    "Are the queues draining?",
    "Which endpoint is in trouble?",
    "What it stands on",
  ]);
  const taken = new Set<string>();
  for (const { title, gridPos, targets = [] } of dashboard.panels) {
    expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
        taken.add(`${x},${y}`);
      }
    }
    for (const { expr, datasource } of targets) {
      expect([title, isBalanced(expr)]).toEqual([title, true]);
      expect(datasource.uid).toBe("${datasource}");
    }
  }
});

test("the Kubernetes example's configuration parses, and its probes ask what the service answers", () => {
  const files = new Map([
    ["encryption_key", Buffer.alloc(32, 7).toString("base64")],
    ["cliniko_api_key", "MS0xLWFiY2RlZg-au1"],
    ["webhook_secret", SECRET],
    ["ops_token", OPS_TOKEN],
  ]);
  const config = parseConfig(read("deploy/kubernetes/notifier.yaml"), "notifier.yaml", {
    ...sources({}),
    readFile: (path) => files.get(path.replace("/run/secrets/cliniko-webhooks/", "")) ?? "",
  });
  expect(config.ops).toMatchObject({ host: "0.0.0.0", port: 8321 });

  // Everything else there is read-only, and the root of a volume is open to its group: not for the erasure key itself.
  expect(read("deploy/kubernetes/service.yaml")).toContain(
    `mountPath: ${dirname(config.keysFolder ?? "none")} }`,
  );
  const manifests = ["namespace", "valkey", "service", "kustomization"].flatMap((name) =>
    parseAllDocuments(read(`deploy/kubernetes/${name}.yaml`)).map((document) => document.toJS() as object),
  );
  expect(manifests.map((manifest) => (manifest as { kind: string }).kind).toSorted()).toEqual(
    "Deployment Kustomization Namespace NetworkPolicy NetworkPolicy PersistentVolumeClaim PodDisruptionBudget Service Service StatefulSet".split(
      " ",
    ),
  );
  expect(JSON.stringify(manifests)).toContain('"path":"/health/live"');
  expect(JSON.stringify(manifests)).toContain('"path":"/health/ready"');
});

test("in the compose example every container is shut in, and Redis has a password", () => {
  const { services } = parse(read("compose.yaml")) as { services: Record<string, Record<string, unknown>> };
  expect(Object.keys(services)).toEqual(["valkey", "cliniko-webhooks", "sandbox", "receiver", "trial"]);
  for (const [name, service] of Object.entries(services)) {
    const { cap_drop: dropped, read_only: readOnly, security_opt: options, tmpfs } = service;
    expect([name, dropped, readOnly, options, tmpfs]).toEqual([
      name,
      ["ALL"],
      true,
      ["no-new-privileges:true"],
      ["/tmp"],
    ]);
  }
  expect(JSON.stringify(services["valkey"]?.["command"])).toContain("--requirepass");
  // Without one it does not start. (Demanded by compose itself, it would be demanded of the trial as well.)
  expect(JSON.stringify(services["valkey"]?.["command"])).toContain(': \\"$${REDIS_PASSWORD:?');
  expect(JSON.stringify(services["cliniko-webhooks"]?.["environment"])).toContain(
    "redis://:${REDIS_PASSWORD-}@",
  );
});

test("the trial of the compose example is what the service accepts, and none of it starts unasked", () => {
  const { services, configs } = parse(read("compose.yaml")) as {
    services: Record<string, { profiles?: string[]; environment: Record<string, string> }>;
    configs: { trial: { content: string } };
  };
  const trying = ["sandbox", "receiver", "trial"].map((name) => services[name]);
  for (const service of trying) expect(service?.profiles).toEqual(["sandbox"]);
  const [, , trial] = trying;
  const config = parseConfig(configs.trial.content, "notifier.yaml", sources(trial?.environment ?? {}));
  expect(config.accounts[0]?.apiKey.reveal()).toMatch(/-au1$/);
  expect(config.ops.host).toBe("0.0.0.0");
});

test("the configuration in the values of the Helm chart is what the service accepts", () => {
  const { config } = parse(read("deploy/helm/values.yaml")) as { config: object };
  const parsed = parseConfig(JSON.stringify(config), "notifier.yaml", {
    ...sources({}),
    readFile: (path) => SECRET_FILES[basename(path)] ?? "",
  });
  expect(parsed.ops.host).toBe("0.0.0.0");
  expect(parsed.endpoints.map(({ name }) => name)).toEqual(["crm"]);
  const { appVersion } = parse(read("deploy/helm/Chart.yaml")) as { appVersion: string };
  expect(appVersion).toBe((JSON.parse(read("package.json")) as { version: string }).version);
});

const SECRET_FILES: Readonly<Record<string, string>> = {
  encryption_key: Buffer.alloc(32, 7).toString("base64"),
  cliniko_api_key: "MS0xLWFiY2RlZg-au1",
  webhook_secret: SECRET,
  ops_token: OPS_TOKEN,
};

test("the Kubernetes example lets the service out to names, its Redis and HTTPS alone, and in by its port", () => {
  const policies = parseAllDocuments(read("deploy/kubernetes/service.yaml"))
    .map((document) => document.toJS() as { kind: string; spec: Record<string, unknown> })
    .filter(({ kind }) => kind === "NetworkPolicy");
  expect(policies).toHaveLength(1);
  const [{ spec } = { spec: {} }] = policies;
  const { egress, ingress, policyTypes } = spec as Record<string, { ports: { port: number }[] }[]>;
  const portsOf = (rules: typeof egress): number[] =>
    (rules ?? []).flatMap(({ ports }) => ports.map(({ port }) => port));
  expect(policyTypes).toEqual(["Ingress", "Egress"]);
  expect(portsOf(ingress)).toEqual([8321]);
  expect(portsOf(egress)).toEqual([53, 53, 6379, 443]);
});

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Dashboard {
  readonly id: null;
  readonly schemaVersion: number;
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

function alerts(): readonly Alert[] {
  const file = parse(read("deploy/prometheus/alerts.yaml")) as { groups: { rules: Alert[] }[] };
  return file.groups.flatMap(({ rules }) => rules);
}

function alertExpressions(): string[] {
  return alerts().map(({ expr }) => expr);
}

function dashboardExpressions(): string[] {
  const { panels, templating } = JSON.parse(read("deploy/grafana/dashboard.json")) as Dashboard;
  const variables = templating.list.flatMap(({ definition }) => {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? "") ?? [];
    return metric === undefined ? [] : [`max by (${label ?? ""}) (${metric})`];
  });
  return [...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), ...variables];
}

async function scrape(opsUrl: string | undefined): Promise<string> {
  const response = await fetch(`${opsUrl}/metrics`, { headers: { authorization: `Bearer ${SECRET}` } });
  expect(response.status).toBe(200);
  return await response.text();
}

function parseMetrics(text: string): Exported {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const ofMetric = found.get(name) ?? new Map<string, Set<string>>();
    found.set(name, ofMetric);
    for (const [, label = "", value = ""] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      ofMetric.set(label, (ofMetric.get(label) ?? new Set()).add(value));
    }
  }
  return found;
}

/** Every series that an expression names, with its matchers. */
function seriesIn(text: string): { name: string; matchers: string }[] {
  return [...text.matchAll(/\b(cliniko_webhooks_\w+|up)\b(?:\{([^}]*)\})?/g)].map(
    ([, name = "", matchers = ""]) => ({ name, matchers }),
  );
}

function faultsOf(text: string, metrics: Exported): string[] {
  const series = seriesIn(text);
  const known = series.flatMap(({ name }) => [...(metrics.get(name)?.keys() ?? [])]);
  const grouped = [...text.matchAll(/\b(?:by|on|without|group_left) \(([^)]*)\)/g)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "" && !known.includes(name) && !EVERYWHERE.includes(name));
  return [
    ...series.flatMap(({ name, matchers }) => seriesFaults(name, matchers, metrics)),
    ...grouped.map((name) => `no metric in it has the label "${name}"`),
  ];
}

function seriesFaults(name: string, matchers: string, metrics: Exported): string[] {
  if (FOREIGN.has(name)) return [];
  const labels = metrics.get(name);
  if (!labels) return [`there is no ${name}`];
  return [...matchers.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = "", , value = ""]) => {
    const values = labels.get(label);
    if (!values) return EVERYWHERE.includes(label) ? [] : [`${name} has no label "${label}"`];
    // Closed sets that are always shown whole. Outcomes are shown once they have happened.
    if (label !== "state" && label !== "what") return [];
    return value
      .split("|")
      .filter((word) => !values.has(word))
      .map((word) => `${name} has no ${label} "${word}"`);
  });
}

function baseOf(name: string): string {
  return name.replace(/_(bucket|count|sum)$/, "");
}

function isBalanced(text: string): boolean {
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const character of text.replaceAll(/"[^"]*"/g, "")) {
    if ("([{".includes(character)) open.push(character);
    else if (character in pairs && open.pop() !== pairs[character]) return false;
  }
  return open.length === 0;
}
