import type { ClinicResponse } from "../../../src/sandbox/http/answer-request.ts";
import { type Clinic, createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import type { ClinicOptions } from "../../../src/sandbox/clinic/clinic-state.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Monday, 2026-11-23 10:00 in Brisbane. */
export const START = Date.UTC(2026, 10, 23, 0, 0, 0, 250);

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** The records of a list. */
  readonly records: (plural?: string) => Record<string, unknown>[];
  /** Where `links.<name>` leads; "" when it is absent. */
  readonly link: (name: string) => string;
  readonly response: ClinicResponse;
}

export interface OpenClinic {
  readonly clinic: Clinic;
  readonly clock: { now: number };
  readonly key: string;
  readonly ids: {
    readonly business: string;
    readonly practitioner: string;
    readonly otherPractitioner: string;
    readonly type: string;
    readonly ada: string;
    readonly bram: string;
  };
  /** Books Ada with the first practitioner, so many ms from now. */
  readonly bookIn: (ms: number, more?: { notes?: string }) => string;
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Reply;
  readonly get: (path: string, headers?: Record<string, string>) => Reply;
  readonly idsOf: (reply: Reply, plural?: string) => string[];
}

export function authorization(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
}

/** A clinic with one room, two practitioners, one type, two patients and an hour hand that tests move. */
export function openClinic(options: Partial<ClinicOptions> = {}): OpenClinic {
  const clock = { now: START };
  const clinic = createClinic({ now: () => clock.now, seed: 7, ...options });
  const key = clinic.addKey();
  const { plant } = clinic;
  const ids = {
    business: plant.business(),
    practitioner: plant.practitioner({ first_name: "Imogen", last_name: "Brightwater" }),
    otherPractitioner: plant.practitioner({ first_name: "Callum", last_name: "Redgum" }),
    type: plant.appointmentType(),
    ada: plant.patient({ first_name: "Ada", last_name: "Quill", email: "ada@example.com" }),
    bram: plant.patient({ first_name: "Bram", last_name: "Tansy" }),
  };
  const call: OpenClinic["call"] = (method, path, body, headers) => {
    const response = clinic.handle({
      method,
      path: `/v1${path}`,
      headers: {
        Authorization: authorization(key),
        "User-Agent": "Example Vendor (dev@example.com)",
        Accept: "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return toReply(response);
  };
  return {
    clinic,
    clock,
    key,
    ids,
    bookIn: (ms, more) =>
      clinic.desk.book({
        patientId: ids.ada,
        practitionerId: ids.practitioner,
        businessId: ids.business,
        appointmentTypeId: ids.type,
        startsAt: clock.now + ms,
        ...more,
      }),
    call,
    get: (path, headers) => call("GET", path, undefined, headers),
    idsOf: (reply, plural) => reply.records(plural).map((record) => String(record["id"])),
  };
}

function toReply(response: ClinicResponse): Reply {
  const parse = (): Record<string, unknown> => JSON.parse(response.body) as Record<string, unknown>;
  return {
    status: response.status,
    headers: response.headers,
    text: response.body,
    get json() {
      return parse();
    },
    records: (plural = "individual_appointments") => parse()[plural] as Record<string, unknown>[],
    link: (name) => (parse()["links"] as Record<string, string>)[name] ?? "",
    response,
  };
}
