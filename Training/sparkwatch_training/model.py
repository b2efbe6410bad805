"""Model files: safetensors, half precision, with metadata that the detector reads."""

import os
from dataclasses import dataclass

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from . import CLASS_NAMES, EVENT_CLASSES, IGNORED_END_FRAMES, STRIDE_FRAMES, WINDOW_FRAMES, TrainingError
from .calibration import Calibration
from .network import folded, network_for
from .trainer import read_checkpoint, scaled_input

FORMAT = "sparkwatch-unet-1"

LAST_BIAS = "final_layer.bias"

STANDARD_SCALE = {"pixel_size_um": 0.2, "frame_interval_ms": 6.8}
"""Of the movies that the published network was trained on."""


def exported_state(checkpoint):
    """Averaged weights of a checkpoint as float16, for plain normalised intensity as input."""
    prefix = "module."
    averaged = {
        name.removeprefix(prefix): tensor
        for name, tensor in checkpoint["averaged"].items()
        if name.startswith(prefix)
    }
    state = {
        name: tensor.half().contiguous()
        for name, tensor in scaled_input(folded(averaged), checkpoint["recipe"]["input_scale"]).items()
    }
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise TrainingError(f"{name} holds values beyond float16; train with a smaller learning rate")
    return state


def mean_state(state, other):
    """The mean of two models' tensors, neither with class offsets.

    Where one was trained on from the other it often holds more of what both can.
    """
    if {name: tensor.shape for name, tensor in state.items()} != {name: tensor.shape for name, tensor in other.items()}:
        raise TrainingError("the two models are different networks, so there is no mean; give one that training started from")
    return {name: ((tensor.float() + other[name].float()) / 2).to(tensor.dtype) for name, tensor in state.items()}


@dataclass(frozen=True)
class InitialModel:
    """A model from which training starts."""

    state: dict
    """Tensors without the class offsets."""
    calibration: "Calibration | None"
    """None if the file does not know its live threshold."""
    scale: dict
    """Pixel size and frame interval as far as the file knows them; keys as in `STANDARD_SCALE`."""


def write_model(path, state, recipe, calibration, training, known=STANDARD_SCALE):
    """Writes float16 tensors with what the detector has to know; `training` is a one-line summary of how they came about.

    `state` stays uncalibrated; in the file the last bias contains the offsets. `known`: metadata that are kept.
    """
    metadata = {
        **STANDARD_SCALE,
        "format": FORMAT,
        "classes": ",".join(CLASS_NAMES),
        "steps": recipe["steps"],
        "first_layer_channels": recipe["first_layer_channels"],
        "window": WINDOW_FRAMES,
        "stride": STRIDE_FRAMES,
        "ignore_frames": IGNORED_END_FRAMES,
        "normalisation": "abs_max",
        **known,
        "live_threshold": round(float(calibration.threshold), 4),
        "class_offsets": ",".join(f"{offset:g}" for offset in calibration.offsets),
        "training": training,
    }
    metadata = {key: str(value) for key, value in metadata.items()}
    save_file(with_offsets(state, calibration.offsets), path, metadata=metadata)
    # The library writes files that nobody else may read.
    os.chmod(path, 0o666 & ~_mask_of_new_files())


def _mask_of_new_files():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def with_offsets(state, offsets):
    """A state_dict whose network scores spark, wave and puff higher by `offsets`."""
    bias = state[LAST_BIAS].float()
    for label, offset in zip(EVENT_CLASSES, offsets):
        bias[label] += offset
    return {**state, LAST_BIAS: bias.to(state[LAST_BIAS].dtype)}


def read_model(path):
    """The state_dict and the metadata of a model file."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); give a safetensors model") from error


def read_uncalibrated(path):
    """A model file as an `InitialModel`."""
    state, metadata = read_model(path)
    # The layer that announces waves early belongs to these weights and to no others.
    state = {name: tensor for name, tensor in state.items() if not name.startswith("early.")}
    offsets = tuple(float(offset) for offset in metadata.get("class_offsets", "0,0,0").split(","))
    threshold = metadata.get("live_threshold")
    return InitialModel(
        with_offsets(state, [-offset for offset in offsets]),
        None if threshold is None else Calibration(offsets, float(threshold)),
        {key: float(metadata[key]) for key in STANDARD_SCALE if key in metadata},
    )


def load_network(path):
    """The network of a model file or of a checkpoint (`.pt`), and the live threshold if it is known."""
    if str(path).endswith(".pt"):
        return network_for(exported_state(read_checkpoint(path))), None
    state, metadata = read_model(path)
    threshold = metadata.get("live_threshold")
    return network_for(state), None if threshold is None else float(threshold)
