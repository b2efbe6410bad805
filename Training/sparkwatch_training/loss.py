"""Losses: class-weighted cross-entropy to start with, Lovasz-Softmax (Berman et al., CVPR 2018) after."""

import torch
from torch.nn import functional

from . import EVENT_CLASSES, IGNORED_END_FRAMES, UNDEFINED

CLASS_WEIGHTS = (1.0, 12.0, 4.0, 8.0)
"""Weights of background, spark, wave, puff while cross-entropy stands alone."""

CROSS_ENTROPY_SHARE = 1.0
"""Weight of plain cross-entropy beside Lovasz-Softmax."""

FALSE_ALARM_SCALE = 300.0
"""Sum of squared probabilities of a class without members that costs half a unit."""

SIDE_EVENT_WEIGHT = 4.0
"""Weight of a coarse cell in which a class occurs, against one in which it does not."""


def trimmed(scores, labels, frames=IGNORED_END_FRAMES):
    """Scores (batch, class, t, y, x) and labels (batch, t, y, x) or votes without the first and last frames."""
    end = scores.shape[2] - frames
    return scores[:, :, frames:end], labels[..., frames:end, :, :]


def are_votes(labels):
    """Whether labels are shares of annotators (batch, class, t, y, x), see `crops.votes`, instead of one label each."""
    return labels.dtype.is_floating_point


def consensus(labels):
    """The label that most annotators chose, of several the first; `UNDEFINED` where fewer than half chose any."""
    if not are_votes(labels):
        return labels
    return torch.where(labels.sum(dim=1) < 0.5, UNDEFINED, labels.argmax(dim=1))


def lovasz_softmax(probabilities, labels):
    """Lovasz-Softmax, the mean over the classes that occur in the labels.

    The voxels of the batch are pooled, `UNDEFINED` ones are left out.
    """
    known = labels != UNDEFINED
    labels = labels[known]
    terms = []
    for label in range(probabilities.shape[1]):
        is_member = labels == label
        members = is_member.sum()
        if members == 0:
            continue
        error = (is_member.to(probabilities.dtype) - probabilities[:, label][known]).abs()
        error, order = torch.sort(error, descending=True)
        missed = torch.cumsum(is_member[order], dim=0)
        false_alarms = torch.cumsum(~is_member[order], dim=0)
        terms.append(torch.dot(error, _jaccard_steps(members, missed, false_alarms).to(error.dtype)))
    return torch.stack(terms).mean() if terms else probabilities.sum() * 0.0


def binned_lovasz_softmax(probabilities, labels, bins=4096):
    """`lovasz_softmax` without the sort: errors that share one of `bins` equal bins share their mean weight.

    A sort of millions of voxels costs as much as a third of an iteration on a CPU; counting costs next to nothing.
    `UNDEFINED` voxels get the error 0 and with it no weight.
    """
    known = labels != UNDEFINED
    terms = []
    for label in range(probabilities.shape[1]):
        is_member = labels == label
        members = is_member.sum()
        if members == 0:
            continue
        error = (is_member.to(probabilities.dtype) - probabilities[:, label]).abs() * known
        bin_of_voxel = (error.detach() * bins).clamp_(max=bins - 1).long()
        count = torch.bincount(bin_of_voxel.flatten(), minlength=bins).flip(0)
        member_count = torch.bincount(bin_of_voxel[is_member], minlength=bins).flip(0)
        missed = torch.cumsum(member_count, dim=0)
        false_alarms = torch.cumsum(count - member_count, dim=0)
        weight = (_jaccard_steps(members, missed, false_alarms) / count.clamp(min=1)).flip(0).to(error.dtype)
        terms.append((error * weight[bin_of_voxel]).sum())
    return torch.stack(terms).mean() if terms else probabilities.sum() * 0.0


def _jaccard_steps(members, missed, false_alarms):
    """Growth of the Jaccard loss of a class with `members` voxels while more and more voxels count as wrong."""
    loss = 1.0 - (members - missed).double() / (members + false_alarms).double()
    return torch.diff(loss, prepend=loss.new_zeros(1))


def weighted_cross_entropy(logits, labels):
    """Cross-entropy with `CLASS_WEIGHTS`, the mean over known voxels.

    With votes the network learns how many annotators would agree, so that it is sure of what all of them see.
    """
    weights = torch.tensor(CLASS_WEIGHTS, dtype=logits.dtype, device=logits.device)
    return _cross_entropy(logits, labels, weights)


def _cross_entropy(logits, labels, weights):
    if not are_votes(labels):
        return functional.cross_entropy(logits, labels, weight=weights, ignore_index=UNDEFINED)
    weighted = labels * weights[:, None, None, None]
    return -(weighted * torch.log_softmax(logits, dim=1)).sum() / weighted.sum().clamp(min=1e-6)


def false_alarm_loss(probabilities, labels):
    """What the event classes without any member claim, 0 to 1 each, the sum over those classes.

    Lovasz-Softmax leaves such classes out, so that nothing would speak against a false event of theirs.
    """
    known = labels != UNDEFINED
    claimed = [
        (probabilities[:, label].square() * known).sum()
        for label in EVENT_CLASSES
        if not (labels == label).any()
    ]
    return sum((claim / (claim + FALSE_ALARM_SCALE) for claim in claimed), probabilities.sum() * 0.0)


def overlap_loss(logits, labels):
    """Lovasz-Softmax, false alarms, and plain cross-entropy, which keeps probabilities graded."""
    cross_entropy = _cross_entropy(logits, labels, torch.ones(logits.shape[1], dtype=logits.dtype, device=logits.device))
    probabilities, labels = torch.softmax(logits, dim=1), consensus(labels)
    overlap = binned_lovasz_softmax(probabilities, labels) + false_alarm_loss(probabilities, labels)
    return overlap + CROSS_ENTROPY_SHARE * cross_entropy


def side_loss(answers, labels):
    """Binary cross-entropy of what the coarse levels say, the mean over cells and classes, summed over levels.

    `answers`: [(level, logits (batch, event class, t, y, x))] of maps whose cells are 2^level voxels long, centred on
    `labels` (batch, t, y, x), or votes. A class occurs in a cell that has a voxel of it. Cells without events of which half is
    unknown are left out. The deepest levels hardly move without it: all that reaches them comes through skips that
    the decoder may prefer.
    """
    multiple = 2 ** max(level for level, _ in answers)
    spare_y, spare_x = (-size % multiple for size in labels.shape[-2:])
    padding = (spare_x // 2, spare_x - spare_x // 2, spare_y // 2, spare_y - spare_y // 2)
    if are_votes(labels):
        labels = functional.pad(labels, padding)
        occurs, known = labels[:, list(EVENT_CLASSES)], labels.sum(dim=1, keepdim=True)
    else:
        labels = functional.pad(labels, padding, value=UNDEFINED)
        occurs = torch.stack([labels == label for label in EVENT_CLASSES], dim=1).float()
        known = (labels != UNDEFINED).float()[:, None]
    total = 0.0
    for level, logits in sorted(answers, key=lambda answer: answer[0]):
        while known.shape[-1] > logits.shape[-1]:
            occurs, known = functional.max_pool3d(occurs, 2), functional.avg_pool3d(known, 2)
        counted = torch.maximum((known > 0.5).float(), occurs) * (1 + (SIDE_EVENT_WEIGHT - 1) * occurs)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), occurs, weight=counted, reduction="sum")
        total = total + loss / counted.sum().clamp(min=1)
    return total
