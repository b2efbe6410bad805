// Events to hear: a click per spark, its pitch the amplitude and its side the position; puffs and waves sound different.

const MOST_SPARKS_PER_SECOND = 20;
const LONGEST_DELAY_S = 0.25;

export class Sound {
  constructor() {
    this.isOn = false;
    this.played = 0;
    this.left = 0;
    this.recent = [];
  }

  /** Switches; has to be called by something the user did, because browsers allow sound only then. */
  async toggle() {
    this.isOn = !this.isOn;
    if (!this.isOn) return;
    this.context ??= new AudioContext();
    this.output ??= new GainNode(this.context, { gain: 0.35 });
    this.output.connect(this.context.destination);
    await this.context.resume();
  }

  /** Plays an event. delayS: when, relative to the others of its batch, so that their rhythm stays. */
  play(record, frameWidth, delayS) {
    if (!this.isOn || (record.kind.name === "spark" && !this.admit())) return;
    const at = this.context.currentTime + Math.min(LONGEST_DELAY_S, Math.max(0, delayS));
    const centre = record.message.centroid_px?.[1] ?? frameWidth / 2;
    const panner = new StereoPannerNode(this.context, { pan: Math.max(-1, Math.min(1, (2 * centre) / frameWidth - 1)) });
    panner.connect(this.output);
    const amplitude = record.message.params?.amplitude_dff0 ?? 0.5;
    ({ spark: click, puff: thump, wave: sweep })[record.kind.name](this.context, panner, at, amplitude);
    this.played += 1;
  }

  /** False if so many sparks were played in the last second that one more would be noise. */
  admit() {
    const now = performance.now();
    this.recent = this.recent.filter((time) => now - time < 1000);
    if (this.recent.length >= MOST_SPARKS_PER_SECOND) {
      this.left += 1;
      return false;
    }
    this.recent.push(now);
    return true;
  }
}

/** Pitch of a spark in Hz: 600 at no amplitude, an octave up for every 0.8 in ΔF/F₀, 3200 at most. */
export const sparkPitch = (amplitude) => Math.min(3200, 600 * 2 ** (Math.max(0, amplitude) / 0.8));

function click(context, output, at, amplitude) {
  tone(context, output, at, { type: "triangle", from: sparkPitch(amplitude), attack: 0.001, length: 0.035, level: 0.9 });
}

function thump(context, output, at) {
  tone(context, output, at, { type: "sine", from: 190, to: 120, attack: 0.03, length: 0.4, level: 0.9 });
}

function sweep(context, output, at) {
  tone(context, output, at, { type: "sawtooth", from: 330, to: 990, attack: 0.05, length: 0.8, level: 0.5 });
  tone(context, output, at + 0.85, { type: "sawtooth", from: 330, to: 990, attack: 0.05, length: 0.8, level: 0.5 });
}

function tone(context, output, at, { type, from, to, attack, length, level }) {
  const oscillator = new OscillatorNode(context, { type, frequency: from });
  const gain = new GainNode(context, { gain: 0 });
  if (to) oscillator.frequency.setValueAtTime(from, at).exponentialRampToValueAtTime(to, at + length);
  gain.gain.setValueAtTime(0, at).linearRampToValueAtTime(level, at + attack).exponentialRampToValueAtTime(0.001, at + length);
  oscillator.connect(gain).connect(output);
  oscillator.start(at);
  oscillator.stop(at + length + 0.02);
}
