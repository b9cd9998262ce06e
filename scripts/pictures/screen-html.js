/** The eight colours that the programs use, as a dark terminal shows them. */
const COLOURS = ["#5c6370", "#e06c75", "#7ec27e", "#d8b46a", "#6ca8f0", "#c08be0", "#56c2cf", "#d7dae0"];

/** A terminal's screen, rows of cells, as a small HTML page. */
export function screenHtml(rows) {
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; }
#screen { display: inline-block; background: #1c2027; color: #d7dae0; padding: 14px 18px; border-radius: 8px;
  font: 14px/1.3 "DejaVu Sans Mono", monospace; white-space: pre; }
</style><div id="screen">${rows.map(rowHtml).join("\n")}</div>`;
}

function rowHtml(cells) {
  let html = "";
  for (let start = 0; start < cells.length;) {
    const look = lookOf(cells[start]);
    let end = start;
    while (end < cells.length && lookOf(cells[end]) === look) end += 1;
    const text = cells
      .slice(start, end)
      .map((cell) => cell.text)
      .join("");
    html += look === "" ? escape(text) : `<span style="${look}">${escape(text)}</span>`;
    start = end;
  }
  return html;
}

function lookOf({ colour, bold, dim }) {
  const parts = [];
  if (colour !== undefined) parts.push(`color:${COLOURS[colour % 8]}`);
  if (bold) parts.push("font-weight:bold");
  if (dim) parts.push("opacity:.6");
  return parts.join(";");
}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
