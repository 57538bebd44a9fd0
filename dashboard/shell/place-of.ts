/** Cliniko's ids are numbers of up to 19 digits. */
const RECORD_ID = /^\d{1,19}$/;
/** The end of an address: of Cliniko's API, or of the page on Cliniko's screen. */
const RECORD_ADDRESS = /^https?:\/\/[^/]+\/.*?([a-z_]+)\/(\d{1,19})(?:[/?#].*)?$/;

/**
 * The page that shows what a text names; undefined: it is no id.
 * @param accounts those that the reader may see, by their names
 */
export function placeOf(text: string, accounts: readonly string[] = []): string | undefined {
  const wanted = text.trim();
  if (wanted === "") return undefined;
  if (wanted.startsWith("evt_")) return `/events/${encodeURIComponent(wanted)}`;
  if (wanted.startsWith("ep_")) return `/endpoints/${encodeURIComponent(wanted)}`;
  // Which kind of record has an id is the list's to find out.
  if (RECORD_ID.test(wanted)) return `/events?find=${wanted}`;
  const [, , id] = RECORD_ADDRESS.exec(wanted) ?? [];
  if (id !== undefined) return `/events?find=${id}`;
  // `appointment 2063034264584192009`, as these pages write it.
  const [, numbered] = /^[a-z_ ]+[ #:/](\d{4,19})$/i.exec(wanted) ?? [];
  if (numbered !== undefined) return `/events?find=${numbered}`;
  if (accounts.includes(wanted)) return `/accounts/${encodeURIComponent(wanted)}`;
  // Names of people have spaces, ids have none: what may be a name does not go into an address, which others keep.
  return /\s/.test(wanted) ? undefined : `/endpoints?search=${encodeURIComponent(wanted)}`;
}
