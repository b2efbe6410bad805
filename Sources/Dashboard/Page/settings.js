// What the user chose, kept by the browser.

const KEY = "sparkwatch";
const DEFAULTS = {
  timing: "step", quantity: "f", lut: "grey", spanS: 20, classes: true, outlines: true, places: true, stabilised: false, auto: true, low: 0, high: 100, dim: 0, labels: [],
};

export function loadSettings() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { ...DEFAULTS };
  }
}

export function saveSettings({ isPaused, ...settings }) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing shows the defaults next time.
  }
}
