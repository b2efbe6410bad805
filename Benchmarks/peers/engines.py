"""The network in other inference engines: f32, a given number of threads, one window at a time.

An engine computes the probabilities of one window: (t, y, x) normalised intensity to (class, t, y, x). Windows follow
each other by a stride, but a graph of these engines is the whole window: none of them reuses what windows share.
"""
import sys
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Training"))
from sparkwatch_training.network import network_for  # noqa: E402


class Probabilities(torch.nn.Module):
    """The network and the softmax behind it."""

    def __init__(self, model):
        super().__init__()
        self.network = network_for(load_file(model))

    def forward(self, x):
        return torch.softmax(self.network(x), dim=1)


class PyTorch:
    name = "PyTorch"

    def __init__(self, model, threads):
        torch.set_num_threads(threads)
        self.version = torch.__version__
        self.network = Probabilities(model).eval()

    def run(self, window):
        with torch.inference_mode():
            return self.network(torch.from_numpy(window)[None, None])[0].numpy()


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self, onnx_file, threads):
        import onnxruntime

        self.version = onnxruntime.__version__
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(onnx_file, options, providers=["CPUExecutionProvider"])

    def run(self, window):
        return self.session.run(None, {"window": window[None, None]})[0][0]


class OpenVino:
    name = "OpenVINO"

    def __init__(self, onnx_file, threads):
        import openvino

        self.version = openvino.__version__
        self.network = openvino.Core().compile_model(
            onnx_file,
            "CPU",
            {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"},
        )

    def run(self, window):
        return numpy.array(self.network(window[None, None])[0][0])


def export(model, shape, path):
    """Writes the network for windows of a shape (t, y, x) as ONNX."""
    torch.onnx.export(
        Probabilities(model).eval(),
        (torch.zeros(1, 1, *shape),),
        path,
        input_names=["window"],
        output_names=["probabilities"],
        opset_version=17,
        dynamo=False,
    )
