// Optional: the table is complete and ordered without it. Turns the headings of a table that has
// data-sortable into buttons; the words come from the page.
"use strict";
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const status = document.getElementById(table.dataset.status);
  const language = document.documentElement.lang;
  const natural = new Intl.Collator(language, { numeric: true });
  const given = [...body.rows];
  const value = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    const text = (cell.dataset.value ?? cell.textContent).trim();
    return text === "–" || text === "" ? null : text;
  };
  const number = (text) => (/^[+−-]?[\d,]+$/.test(text) ? Number(text.replaceAll(",", "").replace("−", "-")) : null);
  for (const heading of table.querySelectorAll("th[data-column]")) {
    const column = Number(heading.dataset.column);
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const way = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
      const keyed = given.map((row, place) => ({ row, place, key: value(row, column) }));
      const numeric = keyed.every(({ key }) => key === null || number(key) !== null);
      keyed.sort((a, b) => {
        if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.place - b.place;
        const order = numeric ? number(a.key) - number(b.key) : natural.compare(a.key, b.key);
        return order * way || a.place - b.place;
      });
      body.append(...keyed.map(({ row }) => row));
      if (status) status.textContent = heading.dataset.sorted;
    });
  }
}
