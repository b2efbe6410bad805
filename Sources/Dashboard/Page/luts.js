// Colour tables for pictures: 256 colours each, as numbers that ImageData takes (alpha, blue, green, red).

const STOPS = {
  grey: ["#000000", "#ffffff"],
  cividis: ["#00204c", "#31446b", "#666970", "#958f78", "#cbba69", "#ffe945"],
  fire: ["#000000", "#2c0a4f", "#8b1c62", "#d8453c", "#f89a29", "#fff3a0", "#ffffff"],
  green: ["#000000", "#0b4a20", "#27b04d", "#c9ffc4"],
  inverted: ["#ffffff", "#000000"],
};

export const LUT_NAMES = Object.keys(STOPS);

/** Below and above rest: blue over black to yellow. */
const CHANGE_STOPS = ["#3f7fd0", "#12233c", "#0a0a0a", "#6b5a10", "#f2cf3a", "#fffbe0"];

export const lut = (name) => table(STOPS[name] ?? STOPS.grey);
export const changeLut = () => table(CHANGE_STOPS);

function table(stops) {
  const colours = stops.map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const place = (index / 255) * (colours.length - 1);
    const lower = Math.min(Math.floor(place), colours.length - 2);
    const [r, g, b] = [0, 1, 2].map((channel) => {
      const [from, to] = [colours[lower][channel], colours[lower + 1][channel]];
      return Math.round(from + (to - from) * (place - lower));
    });
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}
