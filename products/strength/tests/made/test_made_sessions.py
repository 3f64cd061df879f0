import random

from suggest import next_set

EXERCISES = [f"resistanceTargeted:legs/{name}" for name in ("squat", "lunges", "leg-press", "step-up")]


def test_any_history_brings_probabilities_and_labels_in_range():
    made = random.Random(1)
    for _ in range(20):
        history = [
            {
                "session": "resistanceTargeted:legs",
                "sets": [
                    {
                        "exercise": made.choice(EXERCISES),
                        "weight_kg": made.randint(0, 80),
                        "repetitions": made.randint(1, 20),
                    }
                    for _ in range(made.randint(1, 12))
                ],
            }
            for _ in range(made.randint(0, 6))
        ]
        found = next_set("resistanceTargeted:legs", history=history)
        assert 0 < sum(one["probability"] for one in found["exercises"]) + found["something_else"] <= 1 + 1e-9
        for one in found["exercises"]:
            assert 0 <= one.get("weight_kg", 0) <= 160
