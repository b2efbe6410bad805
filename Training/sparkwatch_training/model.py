"""Model files: safetensors, half precision, with metadata that the detector reads."""

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from . import CLASS_NAMES, IGNORED_END_FRAMES, STRIDE_FRAMES, WINDOW_FRAMES, TrainingError
from .network import folded, network_for
from .trainer import read_checkpoint, scaled_input

FORMAT = "sparkwatch-unet-1"


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


def write_model(path, checkpoint, live_threshold, training, pixel_size_um=0.2, frame_interval_ms=6.8):
    """Exports a checkpoint; `training` is a one-line summary of how it came about."""
    recipe = checkpoint["recipe"]
    metadata = {
        "format": FORMAT,
        "classes": ",".join(CLASS_NAMES),
        "steps": recipe["steps"],
        "first_layer_channels": recipe["first_layer_channels"],
        "window": WINDOW_FRAMES,
        "stride": STRIDE_FRAMES,
        "ignore_frames": IGNORED_END_FRAMES,
        "pixel_size_um": pixel_size_um,
        "frame_interval_ms": frame_interval_ms,
        "normalisation": "abs_max",
        "live_threshold": round(float(live_threshold), 4),
        "training": training,
    }
    save_file(exported_state(checkpoint), path, metadata={key: str(value) for key, value in metadata.items()})


def read_model(path):
    """The state_dict and the metadata of a model file."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); give a safetensors model") from error


def load_network(path):
    """The network of a model file or of a checkpoint (`.pt`), and the live threshold if it is known."""
    if str(path).endswith(".pt"):
        return network_for(exported_state(read_checkpoint(path))), None
    state, metadata = read_model(path)
    threshold = metadata.get("live_threshold")
    return network_for(state), None if threshold is None else float(threshold)
