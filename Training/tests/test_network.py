import torch
from safetensors.torch import load_file

from sparkwatch_training.network import LOGIT_LIFT, UNet, network_for


def test_probabilities_are_the_published_ones(fixtures):
    folder = fixtures / "unet_tiny"
    network = network_for(load_file(folder / "weights.safetensors"))
    assert (network.steps, network.first_layer_channels) == (3, 4)
    with torch.no_grad():
        probabilities = torch.softmax(network(load_file(folder / "input.safetensors")["input"]), 1)[0]
    assert (probabilities - load_file(folder / "expected.safetensors")["probabilities"]).abs().max() <= 5e-5


def test_published_size():
    network = UNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 22_631_764
    assert len(network.state_dict()) == 66


def test_initial_activations_neither_vanish_nor_explode():
    torch.manual_seed(0)
    network = UNet(steps=4, first_layer_channels=8).initialise()
    with torch.no_grad():
        hidden = network.up_path[-1](torch.cat([torch.rand(1, 8, 16, 16, 16)] * 2, 1))
        logits = network(torch.rand(1, 1, 16, 32, 32))
    assert 0.1 < hidden.std() < 10
    assert 0.01 < logits.std() < 10


def test_finest_level_starts_with_the_answers_of_level_1():
    torch.manual_seed(1)
    network = UNet(steps=2, first_layer_channels=4, supervised=True).initialise()
    network.start_finest_level()
    with torch.no_grad():
        logits, answers = network.train()(torch.rand(1, 1, 16, 16, 16))
        plain = network.eval()(torch.rand(1, 1, 16, 16, 16))
    expected = dict(answers)[1].repeat_interleave(2, 2).repeat_interleave(2, 3).repeat_interleave(2, 4)
    scores = logits[:, 1:] - logits[:, :1]
    kept = expected > -LOGIT_LIFT
    assert kept.float().mean() > 0.5
    assert (scores - expected)[kept].abs().max() < 1e-4
    assert plain.shape == (1, 4, 16, 16, 16)
