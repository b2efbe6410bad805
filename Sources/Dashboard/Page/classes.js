// The three kinds of events: a colour and a shape each, so that neither alone has to be told apart.
// Sky blue, yellow and vermilion of Okabe and Ito, for eyes of every kind; nothing else on the page has these colours.

export const CLASSES = [
  { name: "spark", number: 1, colour: "#56b4e9", sign: "●" },
  { name: "puff", number: 3, colour: "#f0e442", sign: "■" },
  { name: "wave", number: 2, colour: "#d55e00", sign: "▲" },
].map((kind) => ({ ...kind, rgb: [1, 3, 5].map((at) => parseInt(kind.colour.slice(at, at + 2), 16)) }));

const byName = Object.fromEntries(CLASSES.map((kind) => [kind.name, kind]));
const byNumber = Object.fromEntries(CLASSES.map((kind) => [kind.number, kind]));

export const classNamed = (name) => byName[name];
export const classNumbered = (number) => byNumber[number];

/** Draws the sign of a class around a point of a canvas. */
export function drawSign(context, kind, x, y, radius) {
  context.fillStyle = kind.colour;
  context.beginPath();
  if (kind.name === "spark") {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (kind.name === "puff") {
    context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  } else {
    context.moveTo(x, y - 1.3 * radius);
    context.lineTo(x + 1.25 * radius, y + radius);
    context.lineTo(x - 1.25 * radius, y + radius);
    context.closePath();
  }
  context.fill();
}
