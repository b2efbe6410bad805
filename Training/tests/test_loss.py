import json

import pytest
import tifffile
import torch
from safetensors.torch import load_file

from sparkwatch_training.loss import (
    CLASS_WEIGHTS,
    FALSE_ALARM_SCALE,
    SIDE_EVENT_WEIGHT,
    binned_lovasz_softmax,
    consensus,
    false_alarm_loss,
    lovasz_softmax,
    overlap_loss,
    side_loss,
    trimmed,
    weighted_cross_entropy,
)


def case(fixtures, name):
    logits = load_file(fixtures / "loss" / "logits.safetensors")["logits"].requires_grad_()
    pages = torch.from_numpy(tifffile.imread(fixtures / "loss" / f"labels_{name}.tif").astype("int64"))
    labels = pages.reshape(logits.shape[0], *logits.shape[2:])
    expected = json.loads((fixtures / "loss" / "expected.json").read_text())[name]
    return logits, labels, expected


@pytest.mark.parametrize("name", ["all", "nowaves"])
def test_value_is_the_published_one(fixtures, name):
    logits, labels, expected = case(fixtures, name)
    kept, kept_labels = trimmed(logits, labels)
    assert lovasz_softmax(torch.softmax(kept, 1), kept_labels).item() == pytest.approx(expected, abs=1e-5)


def test_gradient_is_the_published_one(fixtures):
    logits, labels, _ = case(fixtures, "all")
    kept, kept_labels = trimmed(logits, labels)
    lovasz_softmax(torch.softmax(kept, 1), kept_labels).backward()
    expected = load_file(fixtures / "loss" / "gradient_all.safetensors")["gradient"]
    assert (logits.grad - expected).abs().max() <= 1e-8


@pytest.mark.parametrize("name", ["all", "nowaves"])
def test_binned_form_is_close(fixtures, name):
    logits, labels, expected = case(fixtures, name)
    kept, kept_labels = trimmed(logits, labels)
    loss = binned_lovasz_softmax(torch.softmax(kept, 1), kept_labels)
    assert loss.item() == pytest.approx(expected, abs=1e-3)
    loss.backward()
    if name == "all":
        exact = load_file(fixtures / "loss" / "gradient_all.safetensors")["gradient"]
        assert torch.nn.functional.cosine_similarity(logits.grad.flatten(), exact.flatten(), 0) > 0.98


def test_loss_without_known_voxels_is_zero():
    probabilities = torch.full((1, 4, 2, 2, 2), 0.25, requires_grad=True)
    labels = torch.full((1, 2, 2, 2), 4)
    for loss in (lovasz_softmax, binned_lovasz_softmax):
        assert loss(probabilities, labels).item() == 0


def test_votes_of_one_annotator_are_labels():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(1, 4, 8, 8, 8, generator=generator)
    labels = torch.randint(0, 5, (1, 8, 8, 8), generator=generator)
    votes = torch.stack([labels == label for label in range(4)], dim=1).float()
    assert torch.equal(consensus(votes), labels)
    for loss in (weighted_cross_entropy, overlap_loss):
        assert loss(logits, votes).item() == pytest.approx(loss(logits, labels).item(), rel=1e-5)
    answers = [(1, torch.randn(1, 3, 4, 4, 4, generator=generator))]
    assert side_loss(answers, votes).item() == pytest.approx(side_loss(answers, labels).item(), rel=1e-5)
    assert torch.equal(trimmed(logits, votes, 2)[1], votes[:, :, 2:6])


def test_divided_votes_are_learnt_as_their_share():
    """Without class weights the loss is least where the network says what share of the annotators said."""
    votes = torch.zeros(1, 4, 1, 1, 1)
    votes[0, :2, 0, 0, 0] = torch.tensor([0.75, 0.25])
    logits = torch.zeros(1, 4, 1, 1, 1, requires_grad=True)
    odds = torch.tensor(CLASS_WEIGHTS)[:2] * votes[0, :2, 0, 0, 0]
    with torch.no_grad():
        logits[0, :, 0, 0, 0] = torch.tensor([odds[0].log(), odds[1].log(), -40.0, -40.0])
    weighted_cross_entropy(logits, votes).backward()
    assert logits.grad.abs().max() < 1e-6


def test_false_alarms_cost_only_where_a_class_has_no_member():
    probabilities = torch.zeros(1, 4, 4, 10, 30)
    probabilities[0, 1, :1] = 1
    labels = torch.zeros(1, 4, 10, 30, dtype=torch.long)
    claimed = 10 * 30
    assert false_alarm_loss(probabilities, labels).item() == pytest.approx(claimed / (claimed + FALSE_ALARM_SCALE))
    labels[0, 0, :5] = 4
    assert false_alarm_loss(probabilities, labels).item() == pytest.approx(150 / (150 + FALSE_ALARM_SCALE))
    labels[0, 3, 0, 0] = 1
    assert false_alarm_loss(probabilities, labels).item() == 0


def test_side_loss_asks_each_cell_for_the_classes_that_occur_in_it():
    """Against a plain walk over the cells; the map is wider than the labels, which lie in its middle."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 40, (1, 8, 6, 6), generator=generator)
    labels[labels > 4] = torch.where(torch.rand(labels[labels > 4].shape, generator=generator) < 0.4, 4, 0)
    padded = torch.nn.functional.pad(labels, (1, 1, 1, 1), value=4)[0]
    answers = [(level, torch.randn(1, 3, *(size // 2**level for size in (8, 8, 8)), generator=generator)) for level in (2, 1)]
    expected = 0.0
    for level, logits in answers:
        side, total, weight = 2**level, 0.0, 0.0
        for label in (1, 2, 3):
            for t, y, x in torch.cartesian_prod(*(torch.arange(size) for size in logits.shape[2:])).tolist():
                cell = padded[side * t : side * (t + 1), side * y : side * (y + 1), side * x : side * (x + 1)]
                occurs = bool((cell == label).any())
                if not occurs and (cell != 4).float().mean() <= 0.5:
                    continue
                counted = SIDE_EVENT_WEIGHT if occurs else 1.0
                score = logits[0, label - 1, t, y, x]
                total += counted * torch.nn.functional.softplus(-score if occurs else score).item()
                weight += counted
        expected += total / weight
    assert side_loss(answers, labels).item() == pytest.approx(expected, rel=1e-5)
