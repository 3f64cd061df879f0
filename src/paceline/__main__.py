"""`paceline`, and `python -m paceline`: the command line.

Whoever presses Ctrl-C while the rest is being loaded gets no traceback either. Before the first line here runs Python
itself starts, and what it says then is not ours.
"""

import _signal  # type: ignore[import-not-found]  # not signal, which loads two dozen modules first


def main() -> None:
    """The console script; interrupted it ends without a word, with status 130 for whoever asks a shell."""
    if usual := _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    from paceline.cli import main as run

    if usual:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    try:
        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    finally:
        if usual:  # what libraries do at the end says nothing of it either
            _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


if __name__ == "__main__":
    main()
