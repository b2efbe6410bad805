"""Everything that decides a training run but the data: our recipe, and the published one."""

import math
from dataclasses import dataclass

from . import WINDOW_FRAMES


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run but the data."""

    minutes: float
    steps: int = 6
    first_layer_channels: int = 8
    crop: tuple = (256, 64, 128)
    """Crop (t, y, x), a multiple of 2^steps along t; small ones bring more events in the same time."""
    final_crop: tuple = (256, 64, 256)
    """Crop at the end, so that the deep levels learn what a wide field shows them."""
    final_share: float = 0.15
    """Share of the time with the final crop."""
    cross_entropy_share: float = 1.0
    """Share of the time until class-weighted cross-entropy makes room for the overlap loss."""
    normalised_share: float = 0.25
    """Share of the time with batch normalisation; after it its statistics are frozen, and it is a part of the weights.

    Without it the first thing a network learns is that events are rare, and its features die of it.
    """
    coarse_share: float = 0.5
    """Share of the time in which all levels but the finest are trained alone, by `loss.side_loss`: quicker steps."""
    side_weight: float = 0.5
    """Weight of their answers in the loss at the start; it falls to 0 by the end."""
    adam_epsilon: float = 1e-15
    """The deepest levels have gradients of 1e-8 per weight; Adam's usual 1e-8 keeps those from learning."""
    learning_rate: float = 1.5e-3
    """Of the convolutions of the first level; see `fan_in_share` for the others."""
    final_learning_rate: float = 5e-5
    steady_share: float = 0.0
    """Share of the time at the first rate, before it falls: a run that may be given more time is not slowed down early."""
    warm_up_iterations: int = 30
    largest_gradient_norm: float = 1.0
    input_scale: float = 24.0
    """Factor on normalised intensity, which is mostly below 0.1; folded into the first weights at export."""
    averaging: float = 0.995
    """Decay of the running mean of the weights, which is what is validated and exported."""
    batch: int = 1
    """Crops for one step of the optimiser; overlap is measured over all of them."""
    whole_segments: bool = False
    """Whole-frame segments, each once per pass, instead of crops around events."""
    overlap_alone: bool = False
    """Lovasz-Softmax in its exact form and nothing beside it, instead of `overlap_loss`."""
    rate_follows_fan_in: bool = True
    adapted_start: bool = True
    """`UNet.initialise` instead of PyTorch's own start."""
    pool: int = 48
    """Simulated recordings that are held at a time where they are made on the way, see `pool.py`."""
    draws_per_recording: int = 8
    """Crops for which one more recording is simulated, and the oldest one goes."""
    odd_share: float = 0.0
    """Share of crops that show no cell at all, see `odd.py`."""
    seed: int = 1

    def learning_rate_at(self, progress, iteration):
        """Falls in a straight line from the first to the last rate from `steady_share` to 1, after a warm-up."""
        fallen = max(0.0, progress - self.steady_share) / max(1e-9, 1 - self.steady_share)
        rate = self.learning_rate + (self.final_learning_rate - self.learning_rate) * min(1.0, fallen)
        return rate * min(1.0, (iteration + 1) / self.warm_up_iterations)


PUBLISHED = dict(
    crop=(WINDOW_FRAMES, 64, 512),
    final_crop=(WINDOW_FRAMES, 64, 512),
    final_share=0.0,
    cross_entropy_share=0.0,
    normalised_share=0.0,
    coarse_share=0.0,
    side_weight=0.0,
    adam_epsilon=1e-8,
    learning_rate=1e-4,
    final_learning_rate=1e-4,
    warm_up_iterations=1,
    largest_gradient_norm=math.inf,
    input_scale=1.0,
    averaging=0.0,
    batch=4,
    whole_segments=True,
    overlap_alone=True,
    rate_follows_fan_in=False,
    adapted_start=False,
)
"""Differences of the published recipe (Dotti et al. 2024): Adam at 1e-4, batches of 4 whole segments, Lovasz-Softmax.

Its crops are those of `SegmentSampler`.
"""

FINE_TUNING = dict(
    normalised_share=0.0,
    coarse_share=0.0,
    side_weight=0.0,
    learning_rate=2e-4,
    final_learning_rate=2e-5,
)
"""Differences where training starts from a model: nothing is learnt anew, so only the last part of the schedule is left."""

LASTING = FINE_TUNING | dict(
    learning_rate=3e-4,
    final_learning_rate=1e-5,
    steady_share=0.8,
    averaging=0.999,
    odd_share=0.04,
)
"""Differences of a fine-tuning that goes on for days on recordings that never end: the mean of the weights does the settling."""
