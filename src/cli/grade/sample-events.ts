import { sampleOf } from "../../catalogue/make-example.ts";
import { API_VERSION, type WebhookEvent } from "../../diff/event.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { individualAppointments } from "../../resources/individual-appointments.ts";
import { linkTo } from "../../resources/link-to.ts";
import { patients } from "../../resources/patients.ts";

export interface SampleEvents {
  /** An appointment that was moved half an hour ago or, with `minutesAgo`, then; of a patient whose name is not ASCII. */
  rescheduled(options?: SampleOptions): WebhookEvent;
  /** A patient with notes of `notesLength` characters. */
  patientUpdated(notesLength: number): WebhookEvent;
  /** As `evt_…` of the service: new each time. */
  eventId(): string;
  /** As Cliniko's ids: new each time. */
  recordId(): string;
}

export interface SampleOptions {
  /** Of the change, not of the callback. */
  readonly minutesAgo?: number;
  readonly sequence?: number;
  readonly recordId?: string;
}

export interface SampleDeps {
  /** The account that the events are of. */
  readonly account: string;
  readonly now: () => number;
  /** In [0, 1). Ids are new in each run: a subscriber drops what it has had before. */
  readonly random: () => number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How long the service had not looked when it saw the change. */
const READING_GAP_MS = 5_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Made-up events in the shape and size of real ones. */
export function createSampleEvents({ account, now, random }: SampleDeps): SampleEvents {
  const pick = (count: number, characters: string): string =>
    Array.from({ length: count }, () => characters.charAt(Math.floor(random() * characters.length))).join("");
  const eventId = (): string => `evt_${pick(24, ALPHABET)}`;
  const recordId = (): string => `1${pick(18, "0123456789")}`;

  function envelope(happenedAtMs: number, sequence: number): Omit<WebhookEvent, "type" | "subject" | "data"> {
    return {
      timestamp: toIsoSeconds(happenedAtMs),
      id: eventId(),
      api_version: API_VERSION,
      account,
      sequence,
      observed: {
        after: toIsoSeconds(happenedAtMs - READING_GAP_MS),
        at: toIsoSeconds(happenedAtMs + READING_GAP_MS),
      },
      origin: "live",
    };
  }

  return {
    eventId,
    recordId,
    rescheduled({ minutesAgo = 30, sequence = 2, recordId: id = recordId() } = {}) {
      const happenedAtMs = now() - minutesAgo * MINUTE_MS;
      const startsAtMs = happenedAtMs + 2 * DAY_MS;
      return {
        type: "appointment.rescheduled",
        subject: { type: "appointment", id },
        ...envelope(happenedAtMs, sequence),
        data: {
          object: appointment(id, recordId(), startsAtMs, happenedAtMs),
          previous: {
            starts_at: toIsoSeconds(startsAtMs - DAY_MS),
            ends_at: toIsoSeconds(startsAtMs - DAY_MS + 30 * MINUTE_MS),
          },
          changed: ["starts_at", "ends_at"],
          transitions: ["rescheduled"],
        },
      };
    },
    patientUpdated(notesLength) {
      const id = recordId();
      const happenedAtMs = now() - MINUTE_MS;
      return {
        type: "patient.updated",
        subject: { type: "patient", id },
        ...envelope(happenedAtMs, 1),
        data: {
          object: patient(id, happenedAtMs, notesLength),
          previous: { notes: "" },
          changed: ["notes"],
          transitions: ["updated"],
        },
      };
    },
  };
}

function appointment(
  id: string,
  patientId: string,
  startsAtMs: number,
  updatedAtMs: number,
): Record<string, unknown> {
  return {
    ...sampleOf(individualAppointments),
    id,
    starts_at: toIsoSeconds(startsAtMs),
    ends_at: toIsoSeconds(startsAtMs + 30 * MINUTE_MS),
    created_at: toIsoSeconds(updatedAtMs - 7 * DAY_MS),
    updated_at: toIsoSeconds(updatedAtMs),
    patient_name: "Zoë Nuñez-李",
    patient: linkTo(`patients/${patientId}`),
    ...linkTo(`individual_appointments/${id}`),
  };
}

function patient(id: string, updatedAtMs: number, notesLength: number): Record<string, unknown> {
  return {
    ...sampleOf(patients),
    id,
    updated_at: toIsoSeconds(updatedAtMs),
    first_name: "Zoë",
    last_name: "Nuñez-李",
    notes: "Prefers mornings. ".repeat(Math.ceil(notesLength / 18)).slice(0, notesLength),
    ...linkTo(`patients/${id}`),
  };
}
