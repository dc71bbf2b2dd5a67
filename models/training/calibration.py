"""How far the raw cosine counts beside the query's own z-score when a search decides whether anything fits."""

from __future__ import annotations

import numpy as np

RIGHT_AT_MOST, WRONG_AT_MOST = 5, 200
"""A library of a person's size: more right answers make every query easy, more wrong ones every query hard."""


def fit_logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Newton's method for logistic regression; `x` [n, k], `y` and `weight` [n] -> coefficients [k], intercept."""
    x = np.c_[x, np.ones(len(x))]
    theta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ theta, -30, 30)))
        gradient = x.T @ (weight * (y - p))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient)
        theta += step
        if np.abs(step).max() < 1e-6:
            break
    return theta[:-1], float(theta[-1])


def raw_share(scores: np.ndarray, own: np.ndarray, every: np.ndarray, truth: np.ndarray, close: np.ndarray) -> float:
    """
    Each query meets the library of held-out sounds twice: with its right answers and without them. The best score of
    each visit, in deviations of the query's own background and in those of all queries, is fitted to whether there was
    an answer; the share of the second in the sum of both coefficients is `rawShare`.

    scores, truth, close: [queries, clips]; own: [queries, 2], mean and deviation of each query over the background;
    every: mean and deviation of all unrelated pairs.
    """
    rng = np.random.default_rng(0)
    rows, answered = [], []
    for query, row in enumerate(scores):
        right, wrong = np.flatnonzero(truth[query]), np.flatnonzero(~truth[query] & ~close[query])
        if len(right) == 0 or len(wrong) == 0:
            continue
        right = rng.choice(right, min(RIGHT_AT_MOST, len(right)), replace=False)
        wrong = rng.choice(wrong, min(WRONG_AT_MOST, len(wrong)), replace=False)
        without = row[wrong].max()
        for best, answer in ((max(without, row[right].max()), 1), (without, 0)):
            rows.append(((best - own[query, 0]) / own[query, 1], (best - every[0]) / every[1]))
            answered.append(answer)
    (of_own, of_every), _ = fit_logistic(np.array(rows), np.array(answered), np.ones(len(rows)))
    return float(np.clip(of_every / (of_own + of_every), 0, 1)) if of_own + of_every > 0 else 0.0
