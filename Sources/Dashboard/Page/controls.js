// What is set by hand above the pictures: contrast, colours, what is drawn, how much time is shown.

import { saveSettings } from "./settings.js";

const CHOICES = ["timing", "quantity", "lut"];
const SWITCHES = { classes: "show-classes", outlines: "show-outlines", places: "show-places", stabilised: "show-stabilised", auto: "auto" };
const SLIDERS = ["low", "high"];

export class Controls {
  /** @param find gives an element by its id; `apply` is told after every change. */
  constructor(find, settings, apply) {
    Object.assign(this, { find, settings, apply });
    for (const id of [...CHOICES, "span", ...Object.values(SWITCHES), ...SLIDERS]) find(id).addEventListener("input", () => this.take());
  }

  take() {
    for (const name of CHOICES) this.settings[name] = this.find(name).value;
    for (const [name, id] of Object.entries(SWITCHES)) this.settings[name] = this.find(id).checked;
    for (const name of SLIDERS) this.settings[name] = Number(this.find(name).value);
    this.settings.spanS = Number(this.find("span").value);
    this.show();
    saveSettings(this.settings);
  }

  show() {
    for (const name of CHOICES) this.find(name).value = this.settings[name];
    for (const [name, id] of Object.entries(SWITCHES)) this.find(id).checked = this.settings[name];
    for (const name of SLIDERS) Object.assign(this.find(name), { value: this.settings[name], disabled: this.settings.auto });
    this.find("span").value = this.settings.spanS;
    document.body.dataset.dim = this.settings.dim;
    this.apply(this.settings);
  }

  /** The next of the choices. */
  cycle(id) {
    const select = this.find(id);
    select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
    this.take();
  }

  flip(id) {
    this.find(id).checked = !this.find(id).checked;
    this.take();
  }

  dim() {
    this.settings.dim = (this.settings.dim + 1) % 3;
    this.show();
    saveSettings(this.settings);
  }
}
