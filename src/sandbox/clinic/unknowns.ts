import type { TimestampStyle } from "../wire/time.ts";

/**
 * What nobody outside Cliniko knows for certain. Each switch is one open question of the upstream's behaviour, so
 * that the service can be tried against either answer. They are fixed when the clinic is created.
 */
export interface Unknowns {
  /** May `archived_at:*` / `cancelled_at:*` stand beside a condition on updated_at? If not: 400. */
  readonly wildcardsCombine: boolean;
  /** May the lists of appointments, classes and attendees be filtered by deleted_at, as documented? If not: 400. Patients never. */
  readonly deletedAtFilterable: boolean;
  /** May patients be filtered by archived_at, as documented since 2025? If not: 400. */
  readonly patientsArchivedAtFilterable: boolean;
  /** Is `sort=id` accepted? If not: 400. */
  readonly sortById: boolean;
  /** Are `id:>`, `id:>=`, `id:<`, `id:<=` accepted? If not: 400; `id:=` always works. */
  readonly compareIds: boolean;
  /** Does archiving set deleted_at as well, as a mirror under the legacy name? */
  readonly archiveSetsDeletedAt: boolean;
  /** Does cancelling move updated_at? Almost surely. */
  readonly cancelMovesUpdatedAt: boolean;
  /** Does archiving move updated_at? Almost surely. */
  readonly archiveMovesUpdatedAt: boolean;
  /** Does an arrival or a no-show, put in or taken back, move updated_at? */
  readonly arrivalMovesUpdatedAt: boolean;
  /** Does a merge of patients move updated_at of the appointments that change hands? */
  readonly mergeMovesUpdatedAt: boolean;
  /**
   * What a change of a patient's name does to patient_name on their appointments: `touch` rewrites it and moves
   * updated_at, `silent` rewrites it without, `stale` serves the old name until the appointment itself is written.
   */
  readonly patientNameReaches: "touch" | "silent" | "stale";
  /**
   * Does a change made on an attendee (a note, a follow-up sent; in a class also a place taken, cancelled, marked or
   * archived) move updated_at of its appointment or class? In a class, patient_ids changes either way.
   */
  readonly attendeeMovesBooking: boolean;
  /** Does a change of an appointment or class that leaves its attendees as they are move their updated_at? */
  readonly bookingMovesAttendees: boolean;
  /**
   * Are the attendees of an appointment that is cancelled or archived, and of a class that is archived, marked so
   * themselves? If not, they look as if nothing had happened.
   */
  readonly endedBookingEndsAttendees: boolean;
  /** Does what settles an invoice, or opens it again, move updated_at of it? */
  readonly paymentMovesInvoice: boolean;
  /** Does it move updated_at of a practitioner or a user that they are made inactive, or active again? */
  readonly activeMovesUpdatedAt: boolean;
  /** Does the list of users show those who are inactive? By id they answer. */
  readonly inactiveUsersListed: boolean;
  /** Does a supplier that is archived, and so is in no list, answer by its id? */
  readonly archivedSuppliersAnswer: boolean;
  /** Is a weekday on which somebody does not work any longer a row without hours? If not, the row is gone. */
  readonly removedWeekdayStays: boolean;
  /**
   * What is left of a patient who is deleted for good: nothing, or records without the name, as the account's settings have it of
   * appointments and invoices. Whether of anything else, too, is not known.
   */
  readonly deletedPatientsLeave: "nothing" | "appointments_and_invoices" | "everything";
  /** Do cases serve closed_at beside the older `closed`? */
  readonly closedAtServed: boolean;
  /** Have referral sources an id and stamps? If not, their list takes neither filters nor a sort. */
  readonly referralSourcesHaveIds: boolean;
  /** Are the settings that not everybody may see null among those for everybody? If not, they are left out. */
  readonly publicSettingsSayNull: boolean;
  /** Does a movement of stock move updated_at of its product? */
  readonly stockMovesProduct: boolean;
  /** Does a type's own lead time stand in place of the clinic's, were it shorter? If not, the longer one of the two counts. */
  readonly typeLeadTimeStands: boolean;
  /** May attendees be filtered by archived_at and cancelled_at, as documented since 2025? If not: 400. */
  readonly attendeesEndFilterable: boolean;
  /** Does total_entries count what the filters leave, or everything? */
  readonly totalEntriesHonourFilters: boolean;
  /** Is a cancelled, not archived appointment 404 by id when no filter asks for it? */
  readonly cancelledHiddenById: boolean;
  /** Do the endpoints of the old documentation (/deleted, /cancelled, /patients/archived) still answer? */
  readonly oldVariantEndpoints: boolean;
  /** Old accounts were printed with small integer ids. */
  readonly integerIds: boolean;
  readonly timestampStyle: TimestampStyle;
  /** Do successful answers carry X-RateLimit-Limit, -Remaining and -Reset? */
  readonly rateHeadersOnSuccess: boolean;
}

/** An open question whose answer is yes or no. */
export type OpenQuestion = {
  [Name in keyof Unknowns]: Unknowns[Name] extends boolean ? Name : never;
}[keyof Unknowns];

/** The answers that public evidence makes likeliest; where there is none, the one that asks more of a client. */
export const LIKELY_ANSWERS: Unknowns = Object.freeze({
  wildcardsCombine: true,
  deletedAtFilterable: true,
  patientsArchivedAtFilterable: true,
  sortById: true,
  compareIds: true,
  archiveSetsDeletedAt: true,
  cancelMovesUpdatedAt: true,
  archiveMovesUpdatedAt: true,
  arrivalMovesUpdatedAt: true,
  mergeMovesUpdatedAt: true,
  patientNameReaches: "touch",
  attendeeMovesBooking: true,
  bookingMovesAttendees: true,
  endedBookingEndsAttendees: true,
  paymentMovesInvoice: true,
  activeMovesUpdatedAt: false,
  inactiveUsersListed: true,
  archivedSuppliersAnswer: false,
  removedWeekdayStays: false,
  deletedPatientsLeave: "nothing",
  closedAtServed: true,
  referralSourcesHaveIds: true,
  publicSettingsSayNull: false,
  stockMovesProduct: false,
  typeLeadTimeStands: true,
  attendeesEndFilterable: true,
  totalEntriesHonourFilters: true,
  cancelledHiddenById: true,
  oldVariantEndpoints: true,
  integerIds: false,
  timestampStyle: "seconds",
  rateHeadersOnSuccess: false,
});
