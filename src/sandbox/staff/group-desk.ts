import type { ClinicState } from "../clinic/clinic-state.ts";
import {
  archiveGroup,
  bookGroup,
  changeGroup,
  unarchiveGroup,
  type GroupChanges,
  type NewGroup,
} from "../acts/group-acts.ts";
import {
  addToGroup,
  archivePlace,
  cancelPlace,
  clearPlace,
  editAttendeeNote,
  markPlaceArrived,
  markPlaceDidNotArrive,
  reinstatePlace,
  sendFollowUps,
  unarchivePlace,
  type PlaceCancellation,
} from "../acts/place-acts.ts";

/**
 * Classes and who comes to them. A place is an attendee of a class; the attendee of an individual appointment follows
 * its appointment, and acting on it as on a place throws.
 */
export interface GroupDesk {
  readonly bookGroup: (booking: NewGroup) => string;
  /** False when nothing changed. */
  readonly changeGroup: (id: string, changes: GroupChanges) => boolean;
  readonly moveGroup: (id: string, startsAt: number) => boolean;
  readonly archiveGroup: (id: string) => void;
  readonly unarchiveGroup: (id: string) => void;
  /** Answers the id of the attendee. */
  readonly addToGroup: (groupId: string, patientId: string) => string;
  readonly cancelPlace: (attendeeId: string, cancellation: PlaceCancellation) => void;
  readonly reinstatePlace: (attendeeId: string) => void;
  readonly archivePlace: (attendeeId: string) => void;
  readonly unarchivePlace: (attendeeId: string) => void;
  readonly markPlaceArrived: (attendeeId: string) => void;
  readonly markPlaceDidNotArrive: (attendeeId: string) => void;
  /** Takes back either mark. */
  readonly clearPlace: (attendeeId: string) => void;
  /** Of any attendee; noise on that of an individual appointment. */
  readonly editAttendeeNote: (attendeeId: string, notes: string | null) => boolean;
  /** Noise, of any attendee. */
  readonly sendFollowUps: (attendeeIds: readonly string[]) => void;
}

export function createGroupDesk(state: ClinicState): GroupDesk {
  return {
    bookGroup: (booking) => bookGroup(state, booking),
    changeGroup: (id, changes) => changeGroup(state, id, changes),
    moveGroup: (id, startsAt) => changeGroup(state, id, { startsAt }),
    archiveGroup: (id) => {
      archiveGroup(state, id);
    },
    unarchiveGroup: (id) => {
      unarchiveGroup(state, id);
    },
    addToGroup: (groupId, patientId) => addToGroup(state, groupId, patientId),
    cancelPlace: (id, cancellation) => {
      cancelPlace(state, id, cancellation);
    },
    reinstatePlace: (id) => {
      reinstatePlace(state, id);
    },
    archivePlace: (id) => {
      archivePlace(state, id);
    },
    unarchivePlace: (id) => {
      unarchivePlace(state, id);
    },
    markPlaceArrived: (id) => {
      markPlaceArrived(state, id);
    },
    markPlaceDidNotArrive: (id) => {
      markPlaceDidNotArrive(state, id);
    },
    clearPlace: (id) => {
      clearPlace(state, id);
    },
    editAttendeeNote: (id, notes) => editAttendeeNote(state, id, notes),
    sendFollowUps: (ids) => {
      sendFollowUps(state, ids);
    },
  };
}
