// Outlines of masks: only edges between pixels that belong together and others.

/** Adds the edges of one run where the pixels beside it are of another kind. */
export function traceRun(path, grid, { width, height }, y, x0, x1, kind) {
  const edge = (xa, ya, xb, yb) => { path.moveTo(xa, ya); path.lineTo(xb, yb); };
  edge(x0, y, x0, y + 1);
  edge(x1, y, x1, y + 1);
  for (const [neighbour, at] of [[y - 1, y], [y + 1, y + 1]]) {
    let from = null;
    for (let x = x0; x <= x1; x += 1) {
      const inside = neighbour >= 0 && neighbour < height && grid[neighbour * width + x] === kind;
      const isEdge = x < x1 && !inside;
      if (isEdge && from === null) from = x;
      if (!isEdge && from !== null) { edge(from, at, x, at); from = null; }
    }
  }
}

/** Draws a path in a colour, with a dark edge, over a picture at its place. */
export function strokeAt(context, path, place, colour, width, dash) {
  context.save();
  context.translate(place.x, place.y);
  context.scale(place.scale, place.scale);
  for (const [stroke, extra] of [["rgb(0 0 0 / 60%)", 1.5], [colour ?? "#fff", 0]]) {
    context.lineWidth = (width + extra) / place.scale;
    context.setLineDash(extra ? [] : dash.map((length) => length / place.scale));
    context.strokeStyle = stroke;
    context.stroke(path);
  }
  context.restore();
}
