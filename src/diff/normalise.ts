import { createHash } from "node:crypto";

import { isRecord } from "../shared/is-record.ts";
import { readUsualSeconds } from "../shared/iso-time.ts";
import type { FieldKind, FieldValue } from "../resources/field.ts";

/** A field is not what the upstream documents: the record cannot be compared. Carries no value. */
export class FieldShapeError extends TypeError {
  readonly field: string;

  /** @param fault what is wrong, as the end of a sentence that begins with the field's name */
  constructor(field: string, fault: string) {
    super(`${field} is ${fault}`);
    this.field = field;
  }
}

function notOfKind(kind: FieldKind): string {
  return typeof kind === "string" ? `not of kind ${kind}` : "not a link";
}

/**
 * One value for every spelling of the same thing. Source: docs/upstream.md §7.
 * @throws FieldShapeError
 */
export function normaliseField(name: string, kind: FieldKind, wire: unknown): FieldValue {
  if (kind === "flag") return toBoolean(name, kind, wire) ?? false;
  if (wire === undefined || wire === null || wire === "") return null;
  if (typeof kind === "object") {
    if (kind.link === undefined) return canonicalJson(documentedPart(wire, kind.attributes));
    return kind.many ? toLinkedIds(name, kind, wire) : toLinkedId(name, kind, wire);
  }
  switch (kind) {
    case "text":
      if (typeof wire === "string") return wire;
      if (typeof wire === "number" || typeof wire === "boolean") return String(wire);
      throw new FieldShapeError(name, notOfKind(kind));
    case "integer":
      return toInteger(name, wire);
    case "decimal":
      return toDecimal(name, wire);
    case "boolean":
      return toBoolean(name, kind, wire);
    case "instant":
      return toInstant(name, wire);
    case "ids":
      return toIds(name, wire);
    case "json":
      return canonicalJson(wire);
    case "digest":
      return toDigest(wire);
  }
}

function toBoolean(name: string, kind: FieldKind, wire: unknown): boolean | null {
  if (wire === undefined || wire === null || wire === "") return null;
  if (typeof wire === "boolean") return wire;
  throw new FieldShapeError(name, notOfKind(kind));
}

function toInteger(name: string, wire: unknown): number {
  const number = typeof wire === "string" && /^-?\d+$/.test(wire) ? Number(wire) : wire;
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw new FieldShapeError(name, notOfKind("integer"));
}

/** Never through a floating-point number: `10`, `"10.00"` and `"1e1"` are "10". */
function toDecimal(name: string, wire: unknown): string {
  const text = typeof wire === "number" || typeof wire === "string" ? String(wire).trim() : "";
  const [, sign, whole = "", part = "", power = "0"] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?$/i.exec(text) ?? [];
  if (whole + part === "") throw new FieldShapeError(name, notOfKind("decimal"));
  const shift = Number(power);
  const zeros = "0".repeat(Math.abs(shift));
  const digits = shift < 0 ? zeros + whole + part : whole + part + zeros;
  const point = digits.length - part.length + Math.min(0, shift);
  const left = digits.slice(0, point).replace(/^0+/, "") || "0";
  const right = digits.slice(point).replace(/0+$/, "");
  const value = right === "" ? left : `${left}.${right}`;
  return sign === "-" && value !== "0" ? `-${value}` : value;
}

/** As JSON, by value: ids are digits, and a longer one is greater. */
function toIds(name: string, wire: unknown): string | null {
  if (!Array.isArray(wire) || !wire.every((id) => /^\d+$/.test(String(id))))
    throw new FieldShapeError(name, notOfKind("ids"));
  const ids = [...new Set(wire.map(String))].toSorted(
    (left, right) => left.length - right.length || (left < right ? -1 : 1),
  );
  return ids.length === 0 ? null : JSON.stringify(ids);
}

function toInstant(name: string, wire: unknown): number {
  const usual = typeof wire === "string" ? readUsualSeconds(wire) : undefined;
  if (usual !== undefined) return usual;
  const ms = typeof wire === "string" ? Date.parse(wire) : Number.NaN;
  if (Number.isFinite(ms)) return Math.floor(ms / 1_000);
  throw new FieldShapeError(name, notOfKind("instant"));
}

function toLinkedId(name: string, kind: LinkKind, wire: unknown): string | null {
  if (isRecord(wire)) {
    const links = wire["links"];
    if (links === undefined && Object.keys(wire).length === 0) return null;
    const self = isRecord(links) ? links["self"] : undefined;
    const id = typeof self === "string" ? idAtEnd(self) : undefined;
    if (id) return leadsTo(String(self), kind.or) ? `${kind.or}/${id}` : id;
  }
  throw new FieldShapeError(name, notOfKind(kind));
}

function toLinkedIds(name: string, kind: LinkKind, wire: unknown): string | null {
  if (isRecord(wire) && Object.keys(wire).length === 0) return null;
  if (!Array.isArray(wire)) throw new FieldShapeError(name, "not a list of links");
  return toIds(
    name,
    wire.map((one) => toLinkedId(name, kind, one)),
  );
}

type LinkKind = Extract<FieldKind, { readonly link: string }>;

function leadsTo(link: string, list: string | undefined): boolean {
  return (
    list !== undefined &&
    link
      .replace(/[?#].*$/, "")
      .split("/")
      .at(-2) === list
  );
}

/** The id at the end of a link, as it is served; undefined: it is none. */
export function linkedId(wire: unknown): string | undefined {
  try {
    return toLinkedId("", { link: "" }, wire ?? {}) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The patient whom a normalised link names; undefined: it leads to nobody, or to what is no patient. */
export function namedPatient(value: FieldValue | undefined): string | undefined {
  return typeof value === "string" && !value.includes("/") ? value : undefined;
}

function idAtEnd(link: string): string | undefined {
  // Nearly always: half the time of taking it apart.
  let at = link.length;
  while (isDigit(link.charCodeAt(at - 1))) at -= 1;
  if (at < link.length && (at === 0 || link[at - 1] === "/")) return link.slice(at);
  return /\/([^/?#]+)\/?(?:[?#].*)?$/.exec(link)?.[1];
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A structure, or a list of them, with the attributes that are documented alone. */
export function documentedPart(wire: unknown, attributes: readonly string[]): unknown {
  if (Array.isArray(wire)) return wire.map((one) => documentedPart(one, attributes));
  if (!isRecord(wire)) return wire;
  return Object.fromEntries(Object.entries(wire).filter(([name]) => attributes.includes(name)));
}

/** JSON with keys in order and nothing that means "unset"; null when nothing is left. */
function canonicalJson(wire: unknown): string | null {
  const canonical = canonicalise(wire);
  return canonical === undefined ? null : JSON.stringify(canonical);
}

/** Of 128 bits: one that was to collide would have to be looked for. With the ids of its signatures, where it has any. */
function toDigest(wire: unknown): string | null {
  const text = canonicalJson(wire);
  if (text === null) return null;
  const digest = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  const signatures = [...new Set(signatureIds(wire))].toSorted();
  return signatures.length === 0 ? digest : `${digest} ${signatures.join(",")}`;
}

function signatureIds(wire: unknown): readonly string[] {
  if (Array.isArray(wire)) return wire.flatMap(signatureIds);
  if (!isRecord(wire)) return [];
  return Object.entries(wire).flatMap(([key, value]) =>
    key === "signature_id" && /^\d+$/.test(String(value)) ? [String(value)] : signatureIds(value),
  );
}

function canonicalise(wire: unknown): unknown {
  if (wire === null || wire === "" || wire === undefined) return undefined;
  if (Array.isArray(wire)) {
    return wire.length === 0 ? undefined : wire.map((item) => canonicalise(item) ?? null);
  }
  if (!isRecord(wire)) return wire;
  const names = Object.keys(wire);
  if (names.length === 0) return undefined;
  const entries = names
    .toSorted()
    .map((key) => [key, canonicalise(wire[key])] as const)
    .filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function idsIn(json: string): readonly string[] {
  const ids: unknown = JSON.parse(json);
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** A normalised value as the upstream would have served it, for `data.previous`. `baseUrl` is where links point. */
export function toWire(kind: FieldKind, value: FieldValue, baseUrl: string): unknown {
  if (value === null) return null;
  if (typeof kind === "object") {
    if (typeof value !== "string") return null;
    if (kind.link === undefined) return JSON.parse(value);
    const { link } = kind;
    if (kind.many) return idsIn(value).map((id) => ({ links: { self: `${baseUrl}/${link}/${id}` } }));
    return { links: { self: `${baseUrl}/${value.includes("/") ? value : `${link}/${value}`}` } };
  }
  if (kind === "instant") return toIso(Number(value));
  return kind === "json" || kind === "ids" ? JSON.parse(String(value)) : value;
}

/** Unix seconds as Cliniko writes them: whole seconds, `Z`. */
export function toIso(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace(".000Z", "Z");
}
