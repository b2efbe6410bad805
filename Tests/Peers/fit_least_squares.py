"""Fits what a JSON file describes by scipy.optimize.least_squares and prints the solutions.

Problems: {"model": "transient" | "spot" | "decay", "x": [...], "y": [...], "weights": [...], "start": [...],
"loss_scale": number or null}; x of spots are [row, column, resting] triples.
"""
import json
import sys

import numpy as np
from scipy.optimize import least_squares


def transient(p, x):
    age = np.maximum(np.asarray(x) - p[2], 0)
    rising, decaying = (age, age) if len(p) == 5 else (np.minimum(age, p[5] ** 2), np.maximum(0, age - p[5] ** 2))
    return p[0] + p[1] * (1 - np.exp(-rising / np.exp(p[3]))) * np.exp(-decaying / np.exp(p[4]))


def spot(p, x):
    row, column, resting = np.asarray(x).T
    shape = np.exp(-0.5 * (((row - p[1]) / np.exp(p[3])) ** 2 + ((column - p[2]) / np.exp(p[4])) ** 2))
    return resting * (p[0] * shape + p[5])


def decay(p, x):
    return p[0] * np.exp(-np.asarray(x) / np.exp(p[1]))


MODELS = {"transient": transient, "spot": spot, "decay": decay}


def solve(problem):
    model, x, y = MODELS[problem["model"]], problem["x"], np.asarray(problem["y"])
    weights = np.asarray(problem["weights"])
    robust = problem.get("loss_scale") is not None
    solution = least_squares(
        lambda p: weights * (model(p, x) - y),
        problem["start"],
        method="trf",
        x_scale="jac",
        loss="soft_l1" if robust else "linear",
        f_scale=problem["loss_scale"] if robust else 1.0,
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
        max_nfev=5000,
    )
    return {"parameters": solution.x.tolist(), "cost": solution.cost}


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(json.dumps([solve(problem) for problem in json.load(file)]))
