"""How long does the NumPy runtime take for one window, and does it say what JAX says?

Budget: 50 µs for a dense network 300-250-100-40 (100 samples of three axes), equal to JAX within 1e-5. The peer is the
compiled JAX function on the same window, called as a live recogniser would: one window in, numbers out.

    python -m benchmarks edge
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import best, emit
from paceline.learn.networks import Architecture, Convolution, initial, logits, softmax
from paceline.learn.runtime import Runtime

ROUNDS, RUNS = 50, 200
"""Short runs and many: on a busy machine a long one is always interrupted."""
DENSE = Architecture(100, 3, 40, hidden=(250, 100))
CONVOLUTIONAL = Architecture(125, 3, 40, (Convolution(32, 9, 2), Convolution(64, 5, 2), Convolution(64, 5, 2)), (64,))


def main() -> None:
    """Both networks; the dense one is the row that the budget speaks of."""
    rows = [timed(name, one) for name, one in (("dense", DENSE), ("convolutional", CONVOLUTIONAL))]
    first = rows[0]
    named = {key: first[key] for key in ("ours", "theirs", "ratio", "largest_difference")}
    emit({"id": "edge_v1", "peer": "JAX, compiled", "unit": "us", "budget": 50, **named, "rows": rows})


def timed(name: str, architecture: Architecture) -> dict[str, object]:
    """Microseconds a window of both, and how far they are apart."""
    import jax

    generator = np.random.default_rng(1)
    weights = initial(architecture, generator)
    scale = np.full(architecture.channels, 9.81, np.float32)
    window = generator.normal(0.0, 9.81, (1, architecture.samples, architecture.channels)).astype(np.float32)
    runtime = Runtime(architecture, weights, scale)
    compiled = jax.jit(lambda values: logits(weights, values / scale, architecture))
    apart = float(np.abs(runtime.probabilities(window) - softmax(np.asarray(compiled(window)))).max())
    assert apart < 1e-5, apart
    with threadpool_limits(1):  # a phone gives it one; several wait for each other longer than they work
        ours = best(lambda: [runtime.probabilities(window) for _ in range(ROUNDS)], runs=RUNS) / ROUNDS * 1e6
    theirs = best(lambda: [softmax(np.asarray(compiled(window))) for _ in range(ROUNDS)], runs=RUNS) / ROUNDS * 1e6
    print(f"{name}: NumPy {ours:.1f} µs, JAX {theirs:.1f} µs, apart {apart:.1e}")
    return {"title": name, "ours": round(ours, 1), "theirs": round(theirs, 1), "ratio": round(theirs / ours, 2),
            "largest_difference": apart}  # fmt: skip


if __name__ == "__main__":
    main()
