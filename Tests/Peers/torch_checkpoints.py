"""Saves checkpoints of a small 3D U-Net in many ways into a folder; prints as JSON what is to become of each.

Usage: torch_checkpoints.py FOLDER
"""
import io
import json
import os
import sys
import zipfile
from collections import OrderedDict

import numpy as np
import safetensors.torch
import torch

STEPS, CHANNELS, CLASSES = 2, 2, 4
folder = sys.argv[1]
random = torch.Generator().manual_seed(1)
accepted, refused = [], []


def shapes():
    """Names and shapes of the state dictionary of the published network."""
    def block(path, source, destination):
        for layer, channels in ((0, source), (3, destination)):
            yield f"{path}.layers.{layer}.weight", (destination, channels, 3, 3, 3)
            yield f"{path}.layers.{layer}.bias", (destination,)

    for level in range(STEPS + 1):
        yield from block(f"down_path.{level}", CHANNELS << level - 1 if level else 1, CHANNELS << level)
    for step in range(STEPS):
        channels = CHANNELS << STEPS - 1 - step
        yield f"up_path.{2 * step}.weight", (2 * channels, channels, 2, 2, 2)
        yield f"up_path.{2 * step}.bias", (channels,)
        yield from block(f"up_path.{2 * step + 1}", 2 * channels, channels)
    yield "final_layer.weight", (CLASSES, CHANNELS, 1, 1, 1)
    yield "final_layer.bias", (CLASSES,)


def state(dtype=torch.float32):
    return OrderedDict(
        (name, torch.randn(shape, generator=random, dtype=torch.float64).to(dtype)) for name, shape in shapes()
    )


def path(name):
    return os.path.join(folder, name + ".pth")


def accept(name, content, expected, key=None, precision=None, **options):
    """Saves a checkpoint that is to give the tensors `expected`."""
    torch.save(content, path(name), **options)
    expect(name, expected, key, precision)


def expect(name, expected, key=None, precision=None):
    dtype = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}.get(precision)
    tensors = {}
    for tensor_name, tensor in expected.items():
        stored = torch.float32 if tensor.dtype == torch.float64 else tensor.dtype
        tensors[tensor_name] = tensor.detach().to(stored).to(dtype or stored).contiguous().clone()
    safetensors.torch.save_file(tensors, os.path.join(folder, name + ".safetensors"))
    accepted.append({"name": name, "key": key, "precision": precision})


def refuse(name, content, message, **options):
    torch.save(content, path(name), **options)
    refused.append({"name": name, "message": message})


# Types of numbers and their conversion.
for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
    for precision in (None, "F32", "F16", "BF16"):
        tensors = state(dtype)
        accept(f"{dtype}-{precision}".replace("torch.", ""), tensors, tensors, precision=precision)
mixed = state()
for index, name in enumerate(mixed):
    mixed[name] = mixed[name].to((torch.float32, torch.float16, torch.bfloat16, torch.float64)[index % 4])
accept("mixed", mixed, mixed)

# Names.
plain = state()
for prefix in ("module.", "_orig_mod.module.", "network."):
    accept("prefix-" + prefix, {prefix + name: tensor for name, tensor in plain.items()}, plain)
averaged = {"n_averaged": torch.tensor(3), **{"module." + name: tensor for name, tensor in plain.items()}}
accept("averaged", averaged, plain)

# Views of storages.
views = OrderedDict()
for index, (name, tensor) in enumerate(state().items()):
    if index % 4 == 0:
        views[name] = tensor.movedim(0, -1).contiguous().movedim(-1, 0)
    elif index % 4 == 1:
        views[name] = torch.stack([tensor, tensor + 1], dim=-1)[..., 0]
    elif index % 4 == 2:
        views[name] = torch.cat([tensor.flatten(), tensor.flatten()])[tensor.numel() // 2:][:tensor.numel()].reshape(
            tensor.shape
        )
    else:
        views[name] = tensor[:1].expand(tensor.shape)
accept("views", views, views)
flat = torch.randn(sum(t.numel() for t in plain.values()), generator=random)
pieces = flat.split([t.numel() for t in plain.values()])
accept("flat", OrderedDict((n, p.view(t.shape)) for (n, t), p in zip(plain.items(), pieces)), OrderedDict(
    (n, p.view(t.shape)) for (n, t), p in zip(plain.items(), pieces)
))
parameters = {name: torch.nn.Parameter(tensor) for name, tensor in state().items()}
accept("parameters", parameters, parameters)

# Checkpoints of a training, with what lies beside the weights.
optimizer = torch.optim.Adam(parameters.values())
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 7])
sum(p.square().sum() for p in parameters.values()).backward()
optimizer.step()
training = {
    "epoch": 70000, "negative": -3, "seed": 2**63 + 5, "huge": 10**40, "loss": 0.25, "best": None, "done": False,
    "name": "µ", "history": [0.5, 0.25, [1, 2]], "size": torch.Size([1, 2]), "rng": torch.get_rng_state(),
    "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(),
}
for key in ("state_dict", "model", "network", "something"):
    accept("nested-" + key, {**training, key: parameters}, parameters)
other = state()
both = {"model": plain, "ema": {"module." + name: tensor for name, tensor in other.items()}, "epoch": 1}
accept("chosen-plain", both, plain, key="model")
accept("chosen-prefixed", both, other, key="ema.module")
refuse("several", both, "choose one with --key: 'ema.module', 'model'")
shared = {"best": plain, "last": plain}
accept("shared", shared, plain)

# Ways of writing.
for protocol in (2, 3, 4, 5):
    accept(f"protocol-{protocol}", {"state_dict": plain, "epoch": 3}, plain, pickle_protocol=protocol)
torch.serialization.set_crc32_options(False)
accept("no-checksums", plain, plain)
torch.serialization.set_crc32_options(True)


def rewrite(name, compression):
    """Writes the plain checkpoint again with Python's own archive library."""
    source = io.BytesIO()
    torch.save(plain, source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path(name), "w", compression) as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry))


rewrite("python-archive", zipfile.ZIP_STORED)
expect("python-archive", plain)
rewrite("compressed", zipfile.ZIP_DEFLATED)
refused.append({"name": "compressed", "message": "is compressed"})

# What is not weights.
refuse("legacy", plain, "before 1.6", _use_new_zipfile_serialization=False)
refuse("legacy-4", plain, "before 1.6", _use_new_zipfile_serialization=False, pickle_protocol=4)
refuse("module", torch.nn.Linear(2, 2), "asks to import 'torch.nn.modules.linear.Linear'")
refuse("scalar", {**plain, "loss": np.float64(1)}, "asks to import 'numpy")
refuse("complex", {**plain, "z": torch.zeros(2, dtype=torch.complex64)}, "asks to import 'torch.ComplexFloatStorage'")
refuse("sparse", {**plain, "s": torch.eye(2).to_sparse()}, "asks to import 'torch._utils._rebuild_sparse_tensor'")
refuse("integers", {**plain, "final_layer.bias": torch.zeros(4, dtype=torch.int64)}, "is a LongStorage")
refuse("infinite", {**plain, "final_layer.bias": torch.full((4,), torch.inf)}, "is infinite or not a number")
lost = "up_path.1.layers.3.bias"
refuse("missing", {name: tensor for name, tensor in plain.items() if name != lost}, f"'{lost}' is missing")
refuse("more", {**plain, "down_path.0.layers.1.running_mean": torch.zeros(2)}, "belongs to no layer")
refuse("tensor", torch.zeros(3), "holds no tensors of the published 3D U-Net")
refuse("nothing", {"epoch": 3}, "but epoch")
torch.jit.script(torch.nn.Linear(2, 2)).save(path("script"))
refused.append({"name": "script", "message": "TorchScript"})


class Command:
    """Runs a program when Python loads it."""

    def __init__(self, protocol):
        self.function = os.system if protocol == 2 else eval

    def __reduce__(self):
        return self.function, (f"open({path('executed')!r}, 'w')",)


for protocol, function in ((2, "posix.system"), (4, "builtins.eval")):
    content = {**plain, "x": Command(protocol)}
    refuse(f"command-{protocol}", content, f"asks to import '{function}'", pickle_protocol=protocol)
with open(path("text"), "w") as file:
    file.write("no checkpoint")
refused.append({"name": "text", "message": "no PyTorch checkpoint"})

print(json.dumps({"accepted": accepted, "refused": refused}))
