import { deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * What our records have in common, so that a record of 200 bytes shrinks too. Part of the stored format: never edit
 * it, add another one under a new format byte.
 */
const DICTIONARY = Buffer.from(
  [
    '"number_of_repeats":,"repeat_type":"Monthly","Daily","Weekly","repeating_interval":',
    '[{"normalized_number":"61","number":"04","phone_type":"Work"},{"phone_type":"Home"},{"phone_type":"Mobile"}]',
    '"api_version":"2026-11-22","account":","subject":{"type":"patient","id":"},"sequence":',
    '"observed":{"after":"2026-","at":"2026-"},"origin":"live","data":{"object":{"id":"',
    '"previous":{},"changed":["transitions":["created"]}},"links":{"self":"https://api.au1.cliniko.com/v1/',
    "individual_appointments/patients/practitioners/appointment_types/businesses/attendees/conflicts/",
    '"did_not_arrive":false,"patient_arrived":false,"email_reminder_sent":false,"cancelled_at":null,"archived_at":null',
    '"AU","Australia/Sydney","@example.com",true,false,false,null,null,null,null,null,null,null,null,null]',
  ].join(""),
);

/** Most of our records fit into one chunk; of a larger one Node makes each time, most would be thrown away unused. */
const CHUNK_BYTES = 2_048;
const OPTIONS = { dictionary: DICTIONARY, level: 6, memLevel: 5, chunkSize: CHUNK_BYTES } as const;

/** Text, or bytes with text in them, to few bytes. */
export function pack(content: string | Buffer): Buffer {
  return deflateRawSync(content, OPTIONS);
}

/** @throws when the bytes are not of `pack`. */
export function unpack(packed: Buffer): string {
  return unpackBytes(packed).toString("utf8");
}

/** @throws when the bytes are not of `pack`. */
export function unpackBytes(packed: Buffer): Buffer {
  return inflateRawSync(packed, OPTIONS);
}
