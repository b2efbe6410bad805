"""Training within a budget of time: schedule, steps, validation, checkpoints."""

import json
import math
import pickle
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from . import CLASS_NAMES, EVENT_CLASSES, TrainingError
from .calibration import Calibration
from .candidates import shifted
from .crops import batched
from .inference import event_probabilities
from .instances import class_mask, instances
from .loss import lovasz_softmax, overlap_loss, side_loss, trimmed, weighted_cross_entropy
from .network import UNet
from .recipes import Recipe
from .scores import EventScores, event_scores, voxel_overlap

VALIDATION_STRIDE_FRAMES = 128
"""Coarser than live, and quicker: validation is there to see the course."""


class Trainer:
    """A network in training; its state is saved to and restored from `checkpoint.pt` in the output folder."""

    def __init__(self, recipe, sampler, validation, output, initial=None, first_level_state=None):
        """`initial`: `InitialModel` to fine-tune, whose calibration and scale checkpoints hand on to the export.

        Without it He initialisation. `first_level_state`: tensors of a model whose first encoder level is taken over as it is.
        """
        torch.manual_seed(recipe.seed)
        self.recipe, self.sampler, self.validation = recipe, sampler, validation
        self.calibration = initial.calibration if initial else None
        self.scale = initial.scale if initial else None
        self.is_fine_tuning = initial is not None
        self.output = Path(output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = computes_in_half(self.device)
        network = UNet(
            recipe.steps,
            recipe.first_layer_channels,
            normalised=recipe.normalised_share > 0,
            supervised=recipe.side_weight > 0,
        )
        if initial is not None:
            network.continue_from(scaled_input(initial.state, 1 / recipe.input_scale))
        elif recipe.adapted_start:
            network.initialise()
        if first_level_state is not None:
            network.keep_first_level(scaled_input(first_level_state, 1 / recipe.input_scale))
        self.network = network.to(self.device, memory_format=torch.channels_last_3d)
        self.averaged = torch.optim.swa_utils.AveragedModel(self.network, multi_avg_fn=self._average)
        groups = [
            {"params": [value for norm in self.network.modules() if isinstance(norm, torch.nn.BatchNorm3d)
                        for value in norm.parameters()], "share": 1.0},
        ] + [
            {"params": list(module.parameters()), "share": self._share(module)}
            for module in self.network.modules()
            if isinstance(module, (torch.nn.Conv3d, torch.nn.ConvTranspose3d))
        ]
        self.optimiser = torch.optim.Adam(groups, lr=recipe.learning_rate, eps=recipe.adam_epsilon, fused=True)
        self.iteration = 0
        self.elapsed_seconds = 0.0
        # Once reached, a part of the schedule stays behind, also when training is resumed with more time.
        self.has_finest_level = recipe.coarse_share == 0
        self.has_frozen_statistics = False
        self.keeps_first_level = first_level_state is not None
        self.writer = None
        self.best_f1 = -1.0
        self.has_settled = False
        """Whether there is no use in going on."""
        self.on_better = lambda: None
        """Called after a validation that found more than all before it."""
        self.on_snapshot = lambda: None
        """Called every `snapshot_minutes`."""

    def _share(self, convolution):
        return fan_in_share(convolution, self.recipe.first_layer_channels) if self.recipe.rate_follows_fan_in else 1.0

    def _average(self, averaged, current, updates):
        # Young means forget faster, so the random start does not linger.
        weight = 1 - min(self.recipe.averaging, (1 + float(updates)) / (10 + float(updates)))
        torch._foreach_lerp_(averaged, current, weight)

    @property
    def progress(self):
        return self.elapsed_seconds / (60 * self.recipe.minutes)

    @property
    def coarse(self):
        """Whether the finest level waits for the others."""
        return not self.has_finest_level and self.progress < self.recipe.coarse_share

    @property
    def early(self):
        """Whether cross-entropy stands alone."""
        return self.progress < self.recipe.cross_entropy_share

    def run(self, report_every=20, checkpoint_minutes=5.0, validation_minutes=15.0, snapshot_minutes=math.inf):
        """Trains until the time is spent; prints and logs its course.

        Interrupted from the keyboard, it saves its state first.
        """
        try:
            self._run(report_every, checkpoint_minutes, validation_minutes, snapshot_minutes)
        except KeyboardInterrupt:
            self.save()
            raise TrainingError(f"interrupted after {self.elapsed_seconds / 60:.1f} minutes; "
                                f"go on with --resume --output {self.output}") from None

    def _run(self, report_every, checkpoint_minutes, validation_minutes, snapshot_minutes):
        last_saved = last_validated = last_report = last_snapshot = self.elapsed_seconds
        losses, first = [], self.iteration
        if self.validation and self.is_fine_tuning and self.iteration == 0:
            self._look()
        clock = time.monotonic()
        while self.progress < 1 and not self.has_settled:
            losses.append(self._step())
            self.iteration += 1
            now = time.monotonic()
            self.elapsed_seconds, clock = self.elapsed_seconds + now - clock, now
            if len(losses) == report_every:
                self._report(losses, (self.elapsed_seconds - last_report) / (self.iteration - first))
                losses, first, last_report = [], self.iteration, self.elapsed_seconds
            if self.elapsed_seconds - last_saved > 60 * checkpoint_minutes:
                self.save()
                last_saved = self.elapsed_seconds
            due = self.elapsed_seconds - last_validated > 60 * validation_minutes
            if self.validation and due and not self.coarse:
                self._look()
                last_validated = self.elapsed_seconds
            if self.elapsed_seconds - last_snapshot > 60 * snapshot_minutes:
                self.on_snapshot()
                last_snapshot = self.elapsed_seconds
        self.save()
        if self.validation:
            self._look()

    def _look(self):
        """Validates, and says so; the best weights so far are handed on."""
        overlap, f1 = self.validate()
        self._log({"validation_iou": overlap, "validation_f1": f1})
        mean = float(np.mean(list(f1.values()))) if f1 else -1.0
        if mean > self.best_f1:
            self.best_f1 = mean
            self.save()
            self.on_better()

    def _step(self):
        """One batch forwards and backwards; returns its loss."""
        recipe = self.recipe
        shape = recipe.crop if self.progress < 1 - recipe.final_share else recipe.final_crop
        videos, labels = zip(*(self.sampler.draw(shape) for _ in range(recipe.batch)))
        crops = torch.from_numpy(np.stack(videos)[:, None] * np.float32(recipe.input_scale)).to(self.device)
        labels = torch.from_numpy(batched(labels)).to(self.device)
        self.network.train()
        if not (self.has_finest_level or self.coarse):
            self._start_finest_level()
            self.has_finest_level = True
        self.network.coarse = self.coarse
        if self.has_frozen_statistics or self.progress >= recipe.normalised_share:
            self.has_frozen_statistics = True
            self.network.freeze_statistics()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            result = self.network(crops.contiguous(memory_format=torch.channels_last_3d))
        logits, answers = result if isinstance(result, tuple) else (result, [])
        loss = 0.0 if logits is None else self._loss(*trimmed(logits.float(), labels))
        if answers:
            loss = loss + recipe.side_weight * (1 - self.progress) * side_loss(answers, labels)
        self.optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.largest_gradient_norm)
        if math.isfinite(norm):
            for group in self.optimiser.param_groups:
                group["lr"] = group["share"] * recipe.learning_rate_at(self.progress, self.iteration)
            self.optimiser.step()
            self.averaged.update_parameters(self.network)
        return loss.item()

    def _start_finest_level(self):
        self.network.start_finest_level()
        for own, mean in zip(self.network.finest_level, self.averaged.module.finest_level):
            mean.load_state_dict(own.state_dict())

    def _loss(self, logits, labels):
        if self.early:
            return weighted_cross_entropy(logits, labels)
        if self.recipe.overlap_alone:
            return lovasz_softmax(torch.softmax(logits, dim=1), labels)
        return overlap_loss(logits, labels)

    def validate(self):
        """Voxel IoU and F1 of the averaged weights by class, both pooled over the validation recordings.

        IoU is that of the most probable class, F1 that of the events after the calibration of the initial model. Classes
        that are not annotated have no F1.
        """
        pooled = {label: np.zeros(2, np.int64) for label in EVENT_CLASSES}
        calibration, scores = self.calibration or Calibration(), EventScores()
        for recording in self.validation:
            probabilities = event_probabilities(
                self.averaged.module, recording.normalised(), VALIDATION_STRIDE_FRAMES, self.recipe.input_scale
            )
            for label, overlap in voxel_overlap(recording.classes, probabilities.argmax(axis=0)).items():
                pooled[label] += overlap
            with np.errstate(divide="ignore"):
                mask = class_mask(shifted(np.log(probabilities), calibration.offsets), calibration.threshold)
            scores += event_scores(recording.classes, recording.events, *instances(mask))
        return (
            {CLASS_NAMES[label]: round(float(i / max(u, 1)), 4) for label, (i, u) in pooled.items()},
            {CLASS_NAMES[label]: round(count.f1, 4) for label, count in scores.counts.items() if count.annotated},
        )

    def _report(self, losses, seconds_per_iteration):
        remaining = max(0.0, 60 * self.recipe.minutes - self.elapsed_seconds) / 60
        self._log({
            "phase": "coarse levels" if self.coarse else "cross-entropy" if self.early else "overlap",
            "loss": round(float(np.mean(losses)), 5),
            "learning_rate": round(self.recipe.learning_rate_at(self.progress, self.iteration), 7),
            "seconds_per_iteration": round(seconds_per_iteration, 3),
            "minutes_left": round(remaining, 1),
        })

    def _log(self, values):
        """One line on screen and in `log.jsonl`, and numbers to TensorBoard where it is on."""
        record = {"iteration": self.iteration, "minutes": round(self.elapsed_seconds / 60, 2), **values}
        print(" ".join(f"{name}={value}" for name, value in record.items()), flush=True)
        with open(self.output / "log.jsonl", "a") as log:
            log.write(json.dumps(record) + "\n")
        if self.writer is not None:
            for name, value in values.items():
                if isinstance(value, dict):
                    self.writer.add_scalars(name, value, self.iteration)
                elif isinstance(value, float):
                    self.writer.add_scalar(name, value, self.iteration)

    def save(self):
        """Writes `checkpoint.pt`, whole or not at all."""
        path = self.output / "checkpoint.pt"
        partial = path.with_suffix(".partial")
        torch.save(
            {
                "recipe": asdict(self.recipe),
                "calibration": asdict(self.calibration) if self.calibration else None,
                "scale": self.scale,
                "has_finest_level": self.has_finest_level,
                "has_frozen_statistics": self.has_frozen_statistics,
                "keeps_first_level": self.keeps_first_level,
                "iteration": self.iteration,
                "elapsed_seconds": self.elapsed_seconds,
                "best_f1": self.best_f1,
                "network": self.network.state_dict(),
                "averaged": self.averaged.state_dict(),
                "optimiser": self.optimiser.state_dict(),
            },
            partial,
        )
        partial.replace(path)

    def resume(self):
        """Goes on where `checkpoint.pt` stands; the recipe's minutes include those already spent."""
        state = read_checkpoint(self.output / "checkpoint.pt")
        before = Recipe(**state["recipe"])
        if structure(before) != structure(self.recipe):
            raise TrainingError(f"the checkpoint was trained with {structure(before)}, which cannot change to "
                                f"{structure(self.recipe)}; resume with the same values")
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.iteration, self.elapsed_seconds = state["iteration"], state["elapsed_seconds"]
        self.calibration = Calibration(**state["calibration"]) if state.get("calibration") else None
        self.scale = state.get("scale")
        self.has_finest_level = state.get("has_finest_level", not self.coarse)
        self.has_frozen_statistics = state.get("has_frozen_statistics", False)
        if state.get("keeps_first_level"):
            self.keeps_first_level = True
            self.network.freeze_first_level()
        self.best_f1 = state.get("best_f1", -1.0)
        self.sampler.resume(self.iteration * self.recipe.batch)


def structure(recipe):
    """What decides about the tensors of a checkpoint, in words."""
    return (f"{recipe.steps} steps, {recipe.first_layer_channels} channels, input scale {recipe.input_scale:g}, "
            f"{'' if recipe.normalised_share > 0 else 'no '}normalisation, "
            f"{'' if recipe.side_weight > 0 else 'no '}side answers")


def computes_in_half(device):
    """Whether bfloat16 is quicker than float32: on a GPU, and on a CPU where a convolution in it takes less time."""
    if device.type == "cuda":
        return True
    return torch.cpu._is_avx512_bf16_supported() and _seconds(torch.bfloat16) < 0.8 * _seconds(torch.float32)


def _seconds(kind):
    """The shortest time of a convolution of 16 channels in numbers of that kind."""
    layer = torch.nn.Conv3d(16, 16, 3, padding=1).to(kind).to(memory_format=torch.channels_last_3d)
    maps = torch.zeros(1, 16, 64, 32, 64, dtype=kind).contiguous(memory_format=torch.channels_last_3d)
    times = []
    for _ in range(5):
        start = time.monotonic()
        layer(maps)
        times.append(time.monotonic() - start)
    return min(times)


def fan_in_share(convolution, first_layer_channels):
    """Share of the learning rate for a convolution: small where many inputs are summed.

    There is no normalisation, and Adam's steps have the same size for every weight. Unscaled, one step changes a sum
    over 13 824 inputs by several times its value, and the ReLU behind it may never open again.
    """
    inputs = convolution.in_channels * (27 if convolution.kernel_size[0] == 3 else 1)
    return min(1.0, (27 * first_layer_channels / inputs) ** 0.5)


def read_checkpoint(path):
    """The content of a `checkpoint.pt`."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrainingError(f"{path} cannot be read ({reason}); give the checkpoint.pt of a training run") from error
    if not isinstance(state, dict) or not {"recipe", "averaged", "iteration"} <= state.keys():
        raise TrainingError(f"{path} is not the checkpoint.pt of a training run")
    return state


def scaled_input(state, factor):
    """A state_dict for input that is 1 / `factor` times as large: the first weights take the factor."""
    first = "down_path.0.layers.0.weight"
    return {name: tensor.float() * factor if name == first else tensor.float() for name, tensor in state.items()}
