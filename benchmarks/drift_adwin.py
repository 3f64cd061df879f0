"""River's ADWIN, with its own setting, on the same signals; run by `.venv-peers`.

python drift_adwin.py FOLDER
"""

from __future__ import annotations

import json
import sys
import time

from river.drift import ADWIN

from drift_policy import accuracy, signals, streams, told


def alarms(values):
    """How many alarms, and the first; a new detector begins after each."""
    detector, found = ADWIN(), []
    for place, value in enumerate(values):
        detector.update(float(value))
        if detector.drift_detected:
            found.append(place)
            detector = ADWIN()
    return found


class Watched:
    """Errors as they come; each is given to the detector once."""

    def __init__(self):
        self.detector, self.seen = ADWIN(), 0

    def __call__(self, errors):
        if len(errors) < self.seen or self.seen == 0:
            self.detector, self.seen = ADWIN(), 0
        found = False
        for value in errors[self.seen :]:
            self.detector.update(float(value))
            found = found or self.detector.drift_detected
        self.seen = 0 if found else len(errors)
        return found


def main():
    begin, answer = time.process_time(), {}
    for name, (features, classes) in streams(sys.argv[1]).items():
        results = [(kind, len(alarms(calm)), next(iter(alarms(turned)), None))
                   for kind, calm, turned in signals(features, classes)]  # fmt: skip
        share, refits, _ = accuracy(features, classes, Watched())
        answer[name] = {**told(results), "accuracy": round(share, 4), "refits": refits}
    print(json.dumps({"seconds": time.process_time() - begin, "found": answer}))


if __name__ == "__main__":
    main()
