"""Draws simulated recordings the way real ones were published, so that they can be laid side by side.

    python realism.py FOLDER PICTURES

FOLDER holds NN_video.tif with NN_class_label.tif and NN_event_label.tif, from `sparksim synth` or annotated by hand;
the pictures of a folder of real recordings compare directly.
"""

import argparse
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import tifffile
from matplotlib.colors import ListedColormap
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Training"))
from sparkwatch_training import PUFF, SPARK, WAVE
from sparkwatch_training.palette import CLASS_COLOURS, GROUND_COLOUR, UNDEFINED_COLOUR

FRAME_RATE_HZ = 147
LABEL_COLOURS = ListedColormap(["#000000", *(CLASS_COLOURS[name] for name in ("spark", "wave", "puff")), UNDEFINED_COLOUR])
"""By label: background, spark, wave, puff, undefined."""


class Recording:
    """One annotated movie; arrays are (t, y, x)."""

    def __init__(self, video_path):
        self.name = video_path.name.removesuffix("_video.tif")
        self.video = tifffile.imread(video_path)
        self.classes = tifffile.imread(video_path.with_name(f"{self.name}_class_label.tif"))
        self.events = tifffile.imread(video_path.with_name(f"{self.name}_event_label.tif"))
        self.mean = self.video.mean(axis=0)

    def largest_event(self, label):
        """Mask (t, y, x) and bounding box of the event of a class with the most voxels, or None."""
        numbers, counts = np.unique(self.events[self.classes == label], return_counts=True)
        if len(numbers) == 0:
            return None
        number = numbers[counts.argsort()[-1 - len(counts) // 4 if label == SPARK else -1]]
        box = ndimage.find_objects((self.events == number).astype(np.uint8))[0]
        return self.events == number, box


def grey(axes, image, title, low=0.5, high=99.8, gamma=1.0):
    bottom, top = np.percentile(image, [low, high])
    axes.imshow(np.clip((image - bottom) / (top - bottom), 0, 1) ** gamma, cmap="gray", interpolation="nearest")
    axes.set_title(title, fontsize=8)
    axes.set_xticks([])
    axes.set_yticks([])


def mean_images(recordings, path):
    """Mean over time of nine recordings, and the same with a gamma that shows what is faint."""
    figure, axes = plt.subplots(6, 3, figsize=(12, 5.6), layout="constrained")
    for at, recording in enumerate(recordings[:9]):
        row, column = divmod(at, 3)
        grey(axes[2 * row, column], recording.mean, f"{recording.name}: mean")
        grey(axes[2 * row + 1, column], recording.mean, f"{recording.name}: mean, gamma 0.35", gamma=0.35)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def frames(recordings, path):
    """A raw frame with events, the change against the mean, and the labels."""
    figure, axes = plt.subplots(4, 3, figsize=(12, 4.2), layout="constrained")
    for row, recording in enumerate(recordings[:4]):
        busy = int(((recording.classes == SPARK) | (recording.classes == PUFF)).sum(axis=(1, 2)).argmax())
        raw = recording.video[busy].astype(float)
        grey(axes[row, 0], raw, f"{recording.name}: frame {busy}")
        grey(axes[row, 1], raw - recording.mean, "minus the mean", 1, 99.9)
        axes[row, 2].imshow(recording.classes[busy], cmap=LABEL_COLOURS, vmin=0, vmax=4, interpolation="nearest")
        axes[row, 2].set_title("labels", fontsize=8)
        axes[row, 2].set_axis_off()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def noise(recordings, path):
    """Coefficient of variation of pixels, spectra over time and space of quiet parts."""
    figure, axes = plt.subplots(3, 3, figsize=(12, 6), layout="constrained")
    for column, recording in enumerate(recordings[:3]):
        above_floor = recording.video.astype(np.float32) - recording.video.min()
        variation = above_floor.std(axis=0) / np.maximum(above_floor.mean(axis=0), 1)
        picture = axes[0, column].imshow(variation, cmap="viridis", vmin=0, vmax=1)
        axes[0, column].set_title(f"{recording.name}: coefficient of variation over time", fontsize=8)
        axes[0, column].set_axis_off()
        figure.colorbar(picture, ax=axes[0, column], shrink=0.7)
        blank = recording.mean < np.percentile(recording.mean, 20)
        for region, where in (("brightest fifth", recording.mean > np.percentile(recording.mean, 80)), ("blank", blank)):
            trace = above_floor[:, where].mean(axis=1)
            power = np.abs(np.fft.rfft(trace / trace.mean() - 1)) ** 2
            axes[1, column].semilogy(np.fft.rfftfreq(len(trace), 1 / FRAME_RATE_HZ)[1:], power[1:], lw=0.6, label=region)
        axes[1, column].set_xlabel("frequency, Hz", fontsize=8)
        axes[1, column].set_title("spectrum of the mean over a region", fontsize=8)
        axes[1, column].legend(fontsize=7)
        removed = above_floor[:256] - above_floor[:256].mean(axis=0)
        spectrum = np.fft.fftshift((np.abs(np.fft.fft2(removed)) ** 2).mean(axis=0))
        axes[2, column].imshow(np.log(spectrum), cmap="magma", aspect="auto")
        axes[2, column].set_title("spatial spectrum without the mean image, log", fontsize=8)
        axes[2, column].set_axis_off()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def traces(recordings, path):
    """Raw intensity over time where a spark, a puff and a wave were."""
    figure, axes = plt.subplots(3, 3, figsize=(12, 6), layout="constrained")
    for unused in axes.flat:
        unused.set_axis_off()
    for row, (label, name, margin) in enumerate(((SPARK, "spark", 40), (PUFF, "puff", 80), (WAVE, "wave", 150))):
        found = [(recording, event) for recording in recordings if (event := recording.largest_event(label))][:3]
        for column, (recording, (mask, box)) in enumerate(found):
            where = mask.any(axis=0)
            first, last = max(0, box[0].start - margin), min(len(mask), box[0].stop + margin)
            trace = recording.video[first:last, where].mean(axis=1)
            seconds = np.arange(first, last) / FRAME_RATE_HZ
            axes[row, column].set_axis_on()
            axes[row, column].set_facecolor(GROUND_COLOUR)
            axes[row, column].plot(seconds, trace, lw=0.8, color="#c9d3dd")
            span = (box[0].start / FRAME_RATE_HZ, box[0].stop / FRAME_RATE_HZ)
            axes[row, column].axvspan(*span, alpha=0.3, color=CLASS_COLOURS[name])
            axes[row, column].set_title(f"{recording.name}: {name}, mean over its pixels, counts", fontsize=8)
            axes[row, column].set_xlabel("time, s", fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="recordings: NN_video.tif and their labels")
    parser.add_argument("pictures", type=Path, help="folder for the pictures")
    options = parser.parse_args()
    videos = sorted(options.folder.glob("*_video.tif"))
    if not videos:
        parser.error(f"{options.folder} holds no *_video.tif")
    recordings = [Recording(video) for video in videos[:12]]
    options.pictures.mkdir(parents=True, exist_ok=True)
    for draw in (mean_images, frames, noise, traces):
        draw(recordings, options.pictures / f"simulated-{draw.__name__.replace('_', '-')}.png")


if __name__ == "__main__":
    main()
