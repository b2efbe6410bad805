"""Writes kernels.safetensors: layers of the network as PyTorch computes them, on small volumes."""

import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(20240611)
tensors = {}


def keep(name, **values):
    for key, value in values.items():
        tensors[f"{name}.{key}"] = value.contiguous()


for name, first, second, out, extents in [
    ("convolution_small", 3, 2, 5, (4, 5, 7)),
    ("convolution_wide", 8, 0, 8, (3, 6, 37)),
    ("convolution_deep", 16, 16, 16, (3, 2, 9)),
]:
    source = torch.randn(1, first + second, *extents)
    weights = torch.randn(out, first + second, 3, 3, 3) / (27 * (first + second)) ** 0.5
    bias = torch.randn(out) * 0.1
    result = F.conv3d(source.double(), weights.double(), bias.double(), padding=1).relu().float()
    keep(name, source=source[0], weights=weights, bias=bias, result=result[0])

source = torch.randn(1, 16, 4, 6, 10)
keep("pooling", source=source[0], result=F.max_pool3d(source, 2)[0])

for name, channels, out, extents in [("upconvolution", 6, 3, (2, 3, 5)), ("upconvolution_deep", 32, 16, (2, 2, 3))]:
    source = torch.randn(1, channels, *extents)
    weights = torch.randn(channels, out, 2, 2, 2) / channels**0.5
    bias = torch.randn(out) * 0.1
    result = F.conv_transpose3d(source.double(), weights.double(), bias.double(), stride=2).float()
    keep(name, source=source[0], weights=weights, bias=bias, result=result[0])

source = torch.randn(1, 8, 2, 3, 21)
weights = torch.randn(4, 8, 1, 1, 1)
bias = torch.randn(4)
result = F.conv3d(source.double(), weights.double(), bias.double()).softmax(dim=1).float()
keep("softmax", source=source[0], weights=weights, bias=bias, result=result[0])

save_file(tensors, pathlib.Path(__file__).with_name("kernels.safetensors"))
