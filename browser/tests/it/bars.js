[...document.querySelectorAll("figure")].map(figure => {
  const scale = { "µs": 1, "ms": 1e3, "s": 1e6, "kB": 1e3, "MB": 1e6 };
  const ticks = [...figure.querySelectorAll("svg text.tick.middle")].map(tick => {
    const [value, unit] = tick.textContent.split(" ");
    return [tick.getBBox().x + tick.getBBox().width / 2, Number(value) * (scale[unit] ?? 1)];
  });
  const [[from, low], [to, high]] = [ticks[0], ticks.at(-1)];
  const perUnit = (high - low) / (to - from);
  const table = figure.querySelector("table"), titles = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
  return {
    id: figure.querySelector("svg").id,
    bars: [...figure.querySelectorAll("svg [data-value]")].map(mark => {
      const width = mark.localName == "rect" ? mark.width.baseVal.value : null;
      const { target, figure, value } = mark.dataset;
      return [Number(target), figure, Number(value), width === null ? null : [width * perUnit, 0.15 * perUnit]];
    }),
    cells: [...table.tBodies[0].rows].flatMap((row, place) =>
      [...row.cells].slice(1).map((cell, n) => [place, titles[n + 1], cell.textContent.trim()])),
  };
})
