import { startHttp } from "./local-servers.ts";

export type Row = Record<string, unknown> & { readonly id: string };

export interface MadeUpUpstream extends AsyncDisposable {
  readonly url: string;
  /** Adds a record, or changes it; its stamp moves unless `silently`. */
  put(path: string, row: Row, silently?: "silently"): void;
}

const PER_PAGE = 100;

/** Lists of any name, with the filters that a scan, a count and a look-up send. */
export async function startMadeUpUpstream(): Promise<MadeUpUpstream> {
  const tables = new Map<string, Map<string, Row>>();
  const stamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const server = await startHttp(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://upstream");
    const [, name = "", id] = pathname.split("/");
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (name === "user") return answer(200, { id: "1" });
    const rows = tables.get(name);
    if (!rows) return answer(404, {});
    if (id !== undefined) return rows.has(id) ? answer(200, rows.get(id)) : answer(404, {});
    const conditions = searchParams.getAll("q[]");
    const found = [...rows.values()]
      .filter((row) => conditions.every((condition) => meets(row, condition)))
      .filter((row) => !row["archived_at"] || conditions.includes("archived_at:*"))
      .toSorted((left, right) => Number(left.id) - Number(right.id));
    answer(200, { [name]: found.slice(0, PER_PAGE), total_entries: found.length, links: {} });
  });
  return {
    ...server,
    put(path, row, silently) {
      const rows = tables.get(path) ?? new Map<string, Row>();
      const known = rows.get(row.id);
      const updated_at = silently ? known?.["updated_at"] : stamp();
      const links = { self: `${server.url}/${path}/${row.id}` };
      rows.set(row.id, { created_at: "2026-01-05T01:00:00Z", links, ...known, ...row, updated_at });
      tables.set(path, rows);
    },
  };
}

function meets(row: Row, condition: string): boolean {
  const [, column = "", operator, wanted = ""] = /^(\w+):(>=|>|<=|<|=|\*)(.*)$/.exec(condition) ?? [];
  if (operator === "*") return true;
  const link = row[column.replace(/_id$/, "")] as { links?: { self?: string } } | undefined;
  const value = column.endsWith("_id") ? (link?.links?.self ?? "").split("/").at(-1) : row[column];
  const [left, right] = column === "id" ? [Number(value), Number(wanted)] : [String(value), wanted];
  if (operator === ">=") return left >= right;
  if (operator === ">") return left > right;
  if (operator === "<=") return left <= right;
  if (operator === "<") return left < right;
  return wanted.split(",").includes(String(value));
}
