"""The same prediction in FastAPI, as its documentation would have it: `async def`, pydantic in and out, uvloop.

python predict_fastapi.py PORT
"""

from __future__ import annotations

import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from predict_knn import nearest


class Request(BaseModel):
    """Twelve numbers, and how many rows are wanted."""

    model_config = ConfigDict(extra="forbid")
    values: Annotated[list[Annotated[float, Field(ge=0, le=4)]], Field(min_length=12, max_length=12)]
    count: Annotated[int, Field(ge=1, le=20)] = 5


class Near(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid")
    name: str
    distance: Annotated[float, Field(ge=0)]


class Response(BaseModel):
    """The nearest rows."""

    model_config = ConfigDict(extra="forbid")
    nearest: Annotated[list[Near], Field(max_length=20)]


app = FastAPI()


@app.post("/products/knn/predict")
async def predict(request: Request) -> Response:
    """Answer."""
    return nearest(request.values, request.count)  # type: ignore[return-value]  # FastAPI validates it into a Response


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, loop="uvloop", http="httptools")
