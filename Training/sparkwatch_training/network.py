"""The published 3D U-Net (Dotti et al., Cell Calcium 2024), with the published tensor names."""

import torch
from torch import nn
from torch.nn import functional

from . import CLASS_NAMES, EVENT_CLASSES


SMALL_MAP_VOXELS = 64
"""Maps up to this size are convolved as a matrix product when training on a CPU."""


STATISTICS_MOMENTUM = 0.02
"""Share of a new crop in the running statistics of batch normalisation."""

LOGIT_LIFT = 8.0
"""Scores are lifted by it on their way through ReLUs, so that all but hopeless ones get through."""


class Block(nn.Module):
    """Convolution 3x3x3, ReLU, convolution 3x3x3, ReLU; the size stays.

    With `normalised`, batch normalisation stands between convolution and ReLU while training. Once its statistics are
    frozen it is a linear map, which `folded` puts into the convolution: the published network has none.
    """

    def __init__(self, channels_in, channels_out, normalised):
        super().__init__()
        # Checkpoints count an empty slot after each ReLU, so the convolutions are layers 0 and 3.
        self.layers = nn.Sequential(
            nn.Conv3d(channels_in, channels_out, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Identity(),
            nn.Conv3d(channels_out, channels_out, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Identity(),
        )
        self.norms = nn.ModuleList(
            nn.BatchNorm3d(channels_out, momentum=STATISTICS_MOMENTUM) for _ in range(2 if normalised else 0)
        )
        self.frozen = False

    def forward(self, x):
        for index, convolution in enumerate((self.layers[0], self.layers[3])):
            norm = self.norms[index] if self.norms else None
            weight, bias = convolution.weight, convolution.bias
            if norm is not None and (self.frozen or not self.training):
                scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
                weight = weight * scale[:, None, None, None, None]
                bias = (bias - norm.running_mean) * scale + norm.bias
                norm = None
            x = self._convolve(x, weight, bias)
            x = functional.relu(x if norm is None else norm(x), inplace=True)
        return x

    def _convolve(self, x, weight, bias):
        if self.training and x.device.type == "cpu" and x[0, 0].numel() <= SMALL_MAP_VOXELS:
            with torch.autocast("cpu", enabled=False):
                return small_map_convolution(x.float(), weight, bias)
        return functional.conv3d(x, weight, bias, padding=1)


class UNet(nn.Module):
    """3D U-Net: (batch, 1, t, y, x) normalised intensity to (batch, 4, t, y, x) logits.

    t has to be a multiple of 2^steps; y and x may have any size.
    """

    def __init__(self, steps=6, first_layer_channels=8, normalised=False, supervised=False):
        """`normalised`: with batch normalisation, for training; see `Block`.

        `supervised`: in training every level but the finest also answers, through a layer of its own, which classes
        occur in each of its cells; `forward` then gives (logits, [(level, answers)]). See `loss.side_loss`. While
        `coarse` is set, only these answers are computed and the logits are None: half of the arithmetic is saved.
        """
        super().__init__()
        self.steps = steps
        self.first_layer_channels = first_layer_channels
        self.coarse = False
        channels = [first_layer_channels * 2**level for level in range(steps + 1)]
        self.down_path = nn.ModuleList([Block(1, channels[0], normalised)])
        self.up_path = nn.ModuleList()
        for level in range(steps):
            self.down_path.append(Block(channels[level], channels[level + 1], normalised))
        for level in reversed(range(steps)):
            self.up_path.append(nn.ConvTranspose3d(channels[level + 1], channels[level], kernel_size=2, stride=2))
            self.up_path.append(Block(2 * channels[level], channels[level], normalised))
        self.final_layer = nn.Conv3d(channels[0], len(CLASS_NAMES), kernel_size=1)
        self.side_layers = nn.ModuleList(
            nn.Conv3d(channels[level], len(EVENT_CLASSES), kernel_size=1)
            for level in reversed(range(1, steps + 1 if supervised else 0))
        )

    def initialise(self):
        """He initialisation, changed where calcium movies make it start badly.

        Photon noise hides events in single voxels, and steady light, the brightest thing there is, says nothing about
        them. So levels 0 and 1 start as smoothing filters, and three quarters of the first kernels of levels 2 and 3
        start blind to steady light. The final bias starts at 0 although events are rare: were it in favour of
        background, all features would come to speak for background, and no voxel could be called an event when they
        are silent.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.ConvTranspose3d):
                # Kernel and stride are 2: one input cell feeds each output cell, so the fan is the channel count.
                nn.init.normal_(module.weight, std=module.in_channels**-0.5)
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.final_layer.weight, std=self.first_layer_channels**-0.5)
        with torch.no_grad():
            for block in self.down_path[:2]:
                for convolution in (block.layers[0], block.layers[3]):
                    weight = convolution.weight
                    weight.copy_((1 + 0.7 * torch.randn_like(weight)) / (weight.shape[1] * 27))
            for block, gain in zip(self.down_path[2:4], (4.0, 1.0)):
                changing = block.layers[0].weight[: block.layers[0].out_channels * 3 // 4]
                changing -= changing.mean(dim=2, keepdim=True)
                changing *= gain * 1.5**0.5
        return self

    def continue_from(self, state):
        """Takes the weights of a model's state_dict over; layers beside the model's own start silent.

        At random they would first push what the model knows about.
        """
        silent = {f"side_layers.{name}": torch.zeros_like(tensor) for name, tensor in self.side_layers.state_dict().items()}
        self.load_state_dict({**state, **silent})

    def freeze_statistics(self):
        """From now on batch normalisation uses its running statistics, as the exported network will."""
        for block in self.modules():
            if isinstance(block, Block):
                block.frozen = True

    def keep_first_level(self, state):
        """The encoder's first level takes the weights of a state_dict and is not trained."""
        first = self.down_path[0]
        own = {name.removeprefix("down_path.0."): tensor.float() for name, tensor in state.items()
               if name.startswith("down_path.0.")}
        first.load_state_dict(own, strict=False)
        self.freeze_first_level()

    def freeze_first_level(self):
        """The encoder's first level is not trained any more."""
        self.down_path[0].requires_grad_(False)
        self.down_path[0].frozen = True

    @property
    def finest_level(self):
        """What stands behind level 1: the last up-convolution, the last block, the scores."""
        return self.up_path[-2], self.up_path[-1], self.final_layer

    @torch.no_grad()
    def start_finest_level(self):
        """The last decoder block begins by handing on what level 1 answers; its other channels begin at random.

        Without normalisation and from random weights alone it first learns that events are rare, and stays there.
        """
        up, block, final = self.finest_level
        side = self.side_layers[-1]
        channels, count = self.first_layer_channels, len(EVENT_CLASSES)
        first, second = block.layers[0], block.layers[3]
        nn.init.normal_(up.weight, std=up.in_channels**-0.5)
        for convolution in (first, second):
            nn.init.kaiming_normal_(convolution.weight)
            convolution.weight[:count] = 0
        for layer in (up, first, second, final):
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(final.weight)
        up.weight[:, :count] = side.weight.transpose(0, 1)
        up.bias[:count] = side.bias + LOGIT_LIFT
        for index in range(count):
            first.weight[index, channels + index, 1, 1, 1] = 1
            second.weight[index, index, 1, 1, 1] = 1
            final.weight[EVENT_CLASSES[index], index] = 1
            final.bias[EVENT_CLASSES[index]] = -LOGIT_LIFT
        for norm in block.norms:
            norm.reset_parameters()

    def forward(self, x):
        multiple = 2**self.steps
        height, width = x.shape[-2:]
        spare_y, spare_x = -height % multiple, -width % multiple
        top, left = spare_y // 2, spare_x // 2
        x = functional.pad(x, (left, spare_x - left, top, spare_y - top))

        skips = []
        for level, block in enumerate(self.down_path):
            if level > 0:
                skips.append(x)
                x = functional.max_pool3d(x, kernel_size=2)
            x = block(x)
        answers = []
        for level, up, block in zip(reversed(range(self.steps)), self.up_path[0::2], self.up_path[1::2]):
            if self.training and self.side_layers:
                answers.append((level + 1, self.side_layers[len(answers)](x)))
                if self.coarse and level == 0:
                    return None, answers
            x = block(torch.cat([skips.pop(), up(x)], dim=1))
        logits = self.final_layer(x)[..., top : top + height, left : left + width]
        return (logits, answers) if answers else logits


def small_map_convolution(x, weight, bias):
    """A 3x3x3 convolution as one matrix product in full precision, for maps of a few voxels.

    PyTorch 2.13 on a CPU gets the bfloat16 weight gradients of such maps wrong, and computes them slowly in float32.
    """
    windows = functional.pad(x, (1,) * 6).unfold(2, 3, 1).unfold(3, 3, 1).unfold(4, 3, 1)
    rows = windows.permute(0, 2, 3, 4, 5, 6, 7, 1).flatten(4).flatten(0, 3)
    columns = weight.permute(2, 3, 4, 1, 0).flatten(0, 3)
    result = torch.addmm(bias, rows, columns)
    return result.unflatten(0, (x.shape[0], *x.shape[2:])).permute(0, 4, 1, 2, 3)


def folded(state):
    """A state_dict of the network alone: frozen batch normalisation goes into the convolutions, side layers go."""
    state = {name: tensor for name, tensor in state.items() if not name.startswith("side_layers.")}
    for name in [name for name in state if name.endswith(".running_mean")]:
        norm = name.removesuffix(".running_mean")
        block, index = norm.split(".norms.")
        layer = f"{block}.layers.{3 * int(index)}"
        scale = state.pop(f"{norm}.weight") * (state.pop(f"{norm}.running_var") + nn.BatchNorm3d(1).eps).rsqrt()
        state[f"{layer}.weight"] = state[f"{layer}.weight"] * scale[:, None, None, None, None]
        state[f"{layer}.bias"] = (state[f"{layer}.bias"] - state.pop(name)) * scale + state.pop(f"{norm}.bias")
        del state[f"{norm}.num_batches_tracked"]
    return state


def network_for(state):
    """A `UNet` with the depth and width that a state_dict's tensors tell, holding those tensors as float32."""
    state = {name.removeprefix("module."): tensor.float() for name, tensor in state.items()}
    steps = sum(name.startswith("down_path.") and name.endswith(".layers.0.weight") for name in state) - 1
    network = UNet(steps, state["final_layer.weight"].shape[1])
    network.load_state_dict(state)
    return network
