// The WebSocket to the detector: decodes what arrives, comes back by itself when it breaks.

const LONGEST_WAIT_MS = 3000;
/** Heartbeats come every second; after so many seconds without anything, nobody is there any more. */
const LONGEST_SILENCE_S = 5;
/** How the detector ends a connection when all places are taken. */
const ALL_TAKEN = 1013;
/** How it ends a connection when its run has ended. */
const GONE = 1001;

export class Connection {
  /**
   * @param handlers {message, image, overlay, mask, scan, opened, closed}: called with what arrives.
   * @param longestSilenceS After so long without anything nobody is there; Infinity where nothing comes by itself.
   */
  constructor(handlers, longestSilenceS = LONGEST_SILENCE_S) {
    this.handlers = handlers;
    this.longestSilenceS = longestSilenceS;
    this.wait = 250;
    this.open();
    setInterval(() => this.listen(), 1000);
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/live${location.search}`);
    this.socket = socket;
    this.silentS = 0;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.handlers.opened();
    socket.onmessage = (event) => {
      this.silentS = 0;
      this.wait = 250;
      this.take(event.data);
    };
    socket.onclose = (event) => this.giveUp(socket, event.code === ALL_TAKEN, event.code === GONE);
  }

  /** Counts the seconds without a message: a socket whose other end has vanished does not tell. */
  listen() {
    this.silentS += 1;
    const isTried = this.isOpen || this.socket.readyState === WebSocket.CONNECTING;
    if (isTried && this.silentS >= this.longestSilenceS) this.giveUp(this.socket);
  }

  giveUp(socket, isFull = false, hasEnded = false) {
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
    this.handlers.closed(isFull, hasEnded);
    setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(LONGEST_WAIT_MS, 2 * this.wait);
  }

  get isOpen() { return this.socket.readyState === WebSocket.OPEN; }

  /** False if nobody is there to take the command. */
  send(command) {
    if (this.isOpen) this.socket.send(JSON.stringify(command));
    return this.isOpen;
  }

  take(data) {
    if (typeof data === "string") return this.handlers.message(JSON.parse(data));
    const view = new DataView(data);
    if (view.getUint8(0) === 1) this.handlers.image(decodeImage(view));
    if (view.getUint8(0) === 2) this.handlers.overlay(decodeOverlay(view));
    if (view.getUint8(0) === 3) this.handlers.mask(view);
    if (view.getUint8(0) === 4) this.handlers.scan(view);
  }
}

/** A picture: counts are low + (high - low) (pixel / 255)². */
function decodeImage(view) {
  const [width, height] = [view.getUint16(4, true), view.getUint16(6, true)];
  return {
    binning: view.getUint8(1),
    frameStep: view.getUint16(2, true),
    width,
    height,
    series: view.getUint32(8, true),
    frame: view.getFloat64(16, true),
    arrived: view.getFloat64(24, true),
    low: view.getFloat32(32, true),
    high: view.getFloat32(36, true),
    pixels: new Uint8Array(view.buffer, 40, width * height),
  };
}

/** Class masks of some frames: runs of four numbers each, y, first x, end of x, class. */
function decodeOverlay(view) {
  const masks = [];
  let offset = 16;
  for (let left = view.getUint32(4, true); left > 0; left -= 1) {
    const count = view.getUint32(offset + 8, true);
    masks.push({ frame: view.getFloat64(offset, true), runs: new Uint16Array(view.buffer, offset + 16, 4 * count) });
    offset += 16 + 8 * count;
  }
  return { newestDecided: view.getFloat64(8, true), masks };
}
