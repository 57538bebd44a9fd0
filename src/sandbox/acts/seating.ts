/** Who sits where: the attendees of each booking, in the order they were added. */
export interface Seating {
  readonly seat: (bookingId: string, attendeeId: string) => void;
  readonly leave: (bookingId: string, attendeeId: string) => void;
  readonly attendeeIdsOf: (bookingId: string) => readonly string[];
}

export function createSeating(): Seating {
  const seats = new Map<string, readonly string[]>();
  const attendeeIdsOf = (bookingId: string): readonly string[] => seats.get(bookingId) ?? [];
  return {
    attendeeIdsOf,
    seat: (bookingId, attendeeId) => {
      const seated = attendeeIdsOf(bookingId);
      if (!seated.includes(attendeeId)) seats.set(bookingId, [...seated, attendeeId]);
    },
    leave: (bookingId, attendeeId) => {
      seats.set(
        bookingId,
        attendeeIdsOf(bookingId).filter((id) => id !== attendeeId),
      );
    },
  };
}
