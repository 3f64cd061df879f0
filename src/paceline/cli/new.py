"""`paceline new`: a product that passes its gates, to be made one's own; `--update` brings the template's changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

NAME = "new"


def run(
    name: Annotated[str, typer.Argument(help="The product's name, also its folder's; with --update, the folder.")] = "",
    about: Annotated[str, typer.Option(help="One sentence on what it answers.")] = "",
    language: Annotated[str, typer.Option(help="python or r.")] = "python",
    update: Annotated[bool, typer.Option("--update", help="Bring the template's changes into a product.")] = False,
) -> None:
    """Make a product from a template, or bring the template's changes into one that it made."""
    from paceline.ship.scaffold import Answers, make
    from paceline.ship.scaffold import update as bring

    if update:
        done = bring(Path(name or "."))
        for said, files in (
            ("Updated", done.changed),
            ("Changed by you and by the template, choose between the marks", done.torn),
            ("No longer in the template, but changed by you, so kept", done.kept),
        ):
            for file in files:
                typer.echo(f"{said}: {file}")
        if not (done.changed or done.torn or done.kept):
            typer.echo("Up to date.")
        raise typer.Exit(1 if done.torn else 0)
    if not name:
        raise typer.BadParameter("give the product a name", param_hint="NAME")
    if language not in ("python", "r"):
        raise typer.BadParameter("it is python or r", param_hint="--language")
    spoken: Literal["python", "r"] = "python" if language == "python" else "r"
    answers = Answers(name=name, about=about or "How long a ride takes, from how far it is.", language=spoken)
    files = make(Path(name), answers)
    typer.echo(f"Made {name}, {len(files)} files. It passes its gates as it is:")
    typer.echo(f"  cd {name} && git init && git add -A && git commit -m 'A product' && paceline check .")
