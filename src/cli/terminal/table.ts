import { stripVTControlCharacters } from "node:util";

import { onOneLine } from "../../config/plain-text.ts";

/** Rows as aligned columns, two blanks between them; the last column is not padded. Colour takes no room. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  const lines = rows.map((row) => row.map(onOneLine));
  for (const row of lines) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  return lines
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))),
    )
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n");
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - widthOf(cell)));
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
