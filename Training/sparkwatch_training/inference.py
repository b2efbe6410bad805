"""A whole movie through the network, window by window, as the detector does it."""

import numpy as np
import torch

from . import STRIDE_FRAMES, WINDOW_FRAMES


@torch.no_grad()
def event_probabilities(network, video, stride=STRIDE_FRAMES, input_scale=1.0):
    """Normalised intensity (t, y, x) to probabilities (4, t, y, x), float32.

    The movie is padded with zeros at both ends until windows of 256 frames tile it. Of each window the central
    `stride` frames are kept, and the outer frames of the first and the last one.
    """
    frames = len(video)
    spare = WINDOW_FRAMES - frames if frames < WINDOW_FRAMES else -(frames - WINDOW_FRAMES) % stride
    before = spare // 2
    padded = np.pad(video, ((before, spare - before), (0, 0), (0, 0)))
    device = next(network.parameters()).device
    margin = (WINDOW_FRAMES - stride) // 2
    last_start = len(padded) - WINDOW_FRAMES
    result = np.empty((4, *padded.shape), np.float32)
    network.eval()
    for start in range(0, last_start + 1, stride):
        window = torch.from_numpy(padded[None, None, start : start + WINDOW_FRAMES] * np.float32(input_scale))
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = network(window.to(device).contiguous(memory_format=torch.channels_last_3d))
        probabilities = torch.softmax(logits[0].float(), dim=0).cpu().numpy()
        first_kept = 0 if start == 0 else margin
        last_kept = WINDOW_FRAMES if start == last_start else WINDOW_FRAMES - margin
        result[:, start + first_kept : start + last_kept] = probabilities[:, first_kept:last_kept]
    return result[:, before : before + frames]
