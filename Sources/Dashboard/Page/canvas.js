// Canvases as large as their box on the screen, sharp on every display.

/** Letters grow with the window as those of the page do. */
const size = () => Math.min(15.5, Math.max(11, 0.0045 * innerWidth + 5.3)).toFixed(1);
export const font = () => `${size()}px system-ui, "DejaVu Sans", sans-serif`;

/** Fits a canvas to its box; returns its context in CSS pixels and its extent. */
export function prepare(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [deviceWidth, deviceHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) {
    canvas.width = deviceWidth;
    canvas.height = deviceHeight;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = font();
  return { context, width, height };
}

/** A distance between axis ticks that is 1, 2 or 5 times a power of ten, for so many ticks at most. */
export function niceStep(range, ticks) {
  const rough = Math.max(range, 1e-9) / ticks;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

/** The lines of a plot at round values from 0, with these at their left. */
export function drawLevels(context, plot, y, most, ticks) {
  context.strokeStyle = "#232b35";
  context.fillStyle = "#7d8a98";
  context.textAlign = "right";
  const step = niceStep(most, ticks);
  for (let value = 0; value <= most; value += step) {
    context.beginPath();
    context.moveTo(plot.left, y(value));
    context.lineTo(plot.right, y(value));
    context.stroke();
    context.fillText(`${Number(value.toPrecision(3))}`, plot.left - 4, y(value) + 4);
  }
}

/** Places text with a dark edge, readable on everything. */
export function label(context, text, x, y, colour) {
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 80%)";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
