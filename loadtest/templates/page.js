"use strict";
// Sorts a table by a column whose heading is pressed: numbers by their size, what is withheld last.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  table.querySelectorAll("thead th").forEach((heading) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const units = { "µs": 1, "ms": 1e3, "s": 1e6, "MB": 1e3, "GB": 1e6 };
      const size = (row) => {
        const text = row.cells[heading.cellIndex].textContent.trim();
        if (text === "time-out" || text === "∞") return [0, Infinity, text];
        const found = /^(?:< |\()?([\d.]+)\s*(µs|ms|s|MB|GB)?/.exec(text);
        return found ? [0, Number(found[1]) * (units[found[2]] ?? 1), text] : [1, 0, text];
      };
      const rows = [...body.rows].map((row) => [size(row), row]);
      const order = ([a], [b]) =>
        a[0] - b[0] || (down ? -1 : 1) * (a[1] === b[1] ? a[2].localeCompare(b[2]) : a[1] - b[1]);
      body.append(...rows.sort(order).map(([, row]) => row));
    });
  });
}
