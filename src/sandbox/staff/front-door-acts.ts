import { inventAddress, inventMobile, inventPatient } from "./invented-people.ts";
import { toPhoneNumber } from "../tables/patients.ts";
import {
  activePatients,
  atTheDoor,
  describePatient,
  describeVisit,
  pickOne,
  upcoming,
  type ActReport,
  type Reception,
} from "./reception.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import type { PatientRow } from "../tables/patients.ts";

/** What a receptionist does about people: who came, who did not, who they are. */
export function greet(reception: Reception): ActReport | undefined {
  const row = pickOne(
    reception,
    atTheDoor(reception).filter((one) => !isMarked(one)),
  );
  if (row === undefined) return undefined;
  reception.clinic.desk.markArrived(row.id);
  return { recordIds: [row.id], line: `Reception marked ${describeVisit(reception, row)} as arrived` };
}

export function takeBackArrival(reception: Reception): ActReport | undefined {
  const row = pickOne(
    reception,
    atTheDoor(reception).filter((one) => one.patient_arrived === true),
  );
  if (row === undefined) return undefined;
  reception.clinic.desk.clearArrival(row.id);
  return { recordIds: [row.id], line: `Reception took back the arrival of ${describeVisit(reception, row)}` };
}

export function noteNoShow(reception: Reception): ActReport | undefined {
  const row = pickOne(
    reception,
    atTheDoor(reception).filter((one) => !isMarked(one)),
  );
  if (row === undefined) return undefined;
  reception.clinic.desk.markDidNotArrive(row.id);
  return { recordIds: [row.id], line: `Reception marked ${describeVisit(reception, row)} as did not arrive` };
}

export function takeBackNoShow(reception: Reception): ActReport | undefined {
  const row = pickOne(
    reception,
    atTheDoor(reception).filter((one) => one.did_not_arrive === true),
  );
  if (row === undefined) return undefined;
  reception.clinic.desk.clearDidNotArrive(row.id);
  return { recordIds: [row.id], line: `Reception took back the no-show of ${describeVisit(reception, row)}` };
}

export function registerNewcomer(reception: Reception): ActReport {
  const details = inventPatient(reception.random);
  const id = reception.clinic.desk.registerPatient(details);
  return { recordIds: [id], line: `Reception registered ${details.first_name} ${details.last_name}` };
}

export function correctDetails(reception: Reception): ActReport | undefined {
  const { clinic, random } = reception;
  const row = pickOne(reception, activePatients(reception));
  if (row === undefined) return undefined;
  const changes = random.chance(0.5)
    ? { address_1: inventAddress(random) }
    : { patient_phone_numbers: [toPhoneNumber("Mobile", inventMobile(random))] };
  if (!clinic.desk.changePatient(row.id, changes)) return undefined;
  const what = "address_1" in changes ? "address" : "phone number";
  return { recordIds: [row.id], line: `Reception corrected the ${what} of ${describePatient(row)}` };
}

/** A typo in a first name, or the correction of one: the last letter is doubled, or no longer is. */
export function correctName(reception: Reception): ActReport | undefined {
  const row = pickOne(reception, activePatients(reception));
  if (row?.first_name === undefined || row.first_name === null || row.last_name === null) return undefined;
  const first = row.first_name;
  const [last, beforeLast] = [first.at(-1) ?? "", first.at(-2) ?? ""];
  const corrected = last === beforeLast ? first.slice(0, -1) : `${first}${last}`;
  reception.clinic.desk.renamePatient(row.id, corrected, row.last_name);
  const line = `Reception corrected the name of ${describePatient(row)} to ${corrected} ${row.last_name}`;
  return { recordIds: [row.id], line };
}

/** Noise: the system reminds a handful of patients. */
export function remind(reception: Reception): ActReport | undefined {
  const rows = upcoming(reception)
    .filter((row) => row.email_reminder_sent !== true)
    .slice(0, reception.random.integer(1, 6));
  if (rows.length === 0) return undefined;
  const recordIds = rows.map((row) => row.id);
  reception.clinic.desk.sendReminders(recordIds);
  return {
    recordIds,
    line: `Reminders went out for ${rows.length} ${rows.length === 1 ? "visit" : "visits"}`,
  };
}

/** Noise: an invoice is written for somebody who came. */
export function invoice(reception: Reception): ActReport | undefined {
  const rows = atTheDoor(reception).filter(
    (row) => row.patient_arrived === true && row.invoice_status === null,
  );
  const row = pickOne(reception, rows);
  if (row === undefined) return undefined;
  reception.clinic.desk.setInvoiceStatus(row.id, 10);
  return { recordIds: [row.id], line: `Reception wrote the invoice for ${describeVisit(reception, row)}` };
}

/** Two records of one person: the one with fewer visits goes into the other. */
export function mergeDuplicates(reception: Reception): ActReport | undefined {
  const { clinic } = reception;
  const [loser, survivor] = pickPair(reception);
  if (loser === undefined || survivor === undefined) return undefined;
  const visits = clinic.desk.appointments().filter((row) => row.patient_id === loser.id);
  if (visits.length > 6 || !visits.every((row) => reception.isQuiet(row.id))) return undefined;
  const places = clinic.desk
    .attendees()
    .filter((row) => row.booking_kind === "group" && row.patient_id === loser.id);
  if (!places.every((row) => reception.isQuiet(row.id))) return undefined;
  const moved = clinic.desk.mergePatients(loser.id, survivor.id);
  const line = `Reception merged ${describePatient(loser)} into ${describePatient(survivor)}`;
  return { recordIds: [loser.id, survivor.id, ...moved, ...places.map((row) => row.id)], line };
}

export function putAwayPatient(reception: Reception): ActReport | undefined {
  const row = pickOne(reception, activePatients(reception));
  if (row === undefined) return undefined;
  reception.clinic.desk.archivePatient(row.id);
  return { recordIds: [row.id], line: `Reception archived the file of ${describePatient(row)}` };
}

export function takeOutPatient(reception: Reception): ActReport | undefined {
  const rows = reception.clinic.desk
    .patients()
    .filter((row) => row.archived_at !== null && row.merged_at === null && reception.isQuiet(row.id));
  const row = pickOne(reception, rows);
  if (row === undefined) return undefined;
  reception.clinic.desk.unarchivePatient(row.id);
  return {
    recordIds: [row.id],
    line: `Reception took the file of ${describePatient(row)} out of the archive`,
  };
}

function pickPair(reception: Reception): readonly [PatientRow | undefined, PatientRow | undefined] {
  const patients = activePatients(reception);
  const loser = pickOne(reception, patients);
  return [
    loser,
    pickOne(
      reception,
      patients.filter((row) => row !== loser),
    ),
  ];
}

function isMarked(row: AppointmentRow): boolean {
  return row.patient_arrived === true || row.did_not_arrive === true;
}
