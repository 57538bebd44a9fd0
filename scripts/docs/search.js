// What /docs/search runs in the browser: every word that is typed must stand in a section, its page's title or its heading.
const MOST_SHOWN = 30;
const AROUND = 90;

const [field, found, said] = ["words", "found", "said"].map((id) => document.getElementById(id));
const sections = (await (await fetch("search.json")).json()).map((section) => ({
  ...section,
  low: [section.heading, section.page, section.text].map((text) => text.toLowerCase()),
}));

/** 0: not all words are there. A heading says more than a page's title, and that more than the words below it. */
function weigh({ low: [heading, page, text] }, words) {
  let sum = 0;
  for (const word of words) {
    const weight =
      (heading === word ? 16 : 0) +
      (heading.includes(word) ? 8 : 0) +
      (page.includes(word) ? 4 : 0) +
      (text.includes(word) ? 1 : 0);
    if (weight === 0) return 0;
    sum += weight;
  }
  return sum;
}

function item({ at, heading, low, page, text }, words) {
  const link = Object.assign(document.createElement("a"), { href: at, textContent: heading });
  const first = words.map((word) => low[2].indexOf(word)).find((place) => place >= 0) ?? 0;
  const [from, to] = [Math.max(0, first - AROUND), first + AROUND];
  const around = `${from > 0 ? "… " : ""}${text.slice(from, to)}${to < text.length ? " …" : ""}`;
  const lines = [link, ` ${page === heading ? "" : page}`, document.createElement("br"), around];
  const made = document.createElement("li");
  made.append(...lines);
  return made;
}

function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  history.replaceState(null, "", `#${encodeURIComponent(field.value)}`);
  const hits = (words.length === 0 ? [] : sections)
    .map((section) => ({ section, weight: weigh(section, words) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((left, right) => right.weight - left.weight);
  found.replaceChildren(...hits.slice(0, MOST_SHOWN).map(({ section }) => item(section, words)));
  const shown = hits.length > MOST_SHOWN ? `, the first ${MOST_SHOWN} are shown` : "";
  said.textContent = words.length === 0 ? "" : `${hits.length} found${shown}`;
}

/** The words in the address, which may be anybody's: `#100%` is none that this page wrote. */
function wordsInAddress() {
  const written = location.hash.slice(1);
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

field.value = wordsInAddress();
field.addEventListener("input", search);
field.disabled = false;
field.focus();
search();
