"""`paceline compile`: compile the kernels now, so that no report has to wait for it."""

from __future__ import annotations

NAME = "compile"


def run() -> None:
    """Compile the kernels for this machine, once; what is compiled already is left as it is."""
    from paceline.cli.progress import announce_compilation
    from paceline.measure import kernels
    from paceline.record.formats import fit_kernels

    announce_compilation()
    fit_kernels.warm()
    kernels.warm()
