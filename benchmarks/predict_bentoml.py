"""The same prediction in BentoML, as its documentation would have it: a service class, an async API, pydantic's types.

bentoml serve predict_bentoml:Knn --port PORT
"""

from __future__ import annotations

from typing import Annotated

import bentoml
from pydantic import BaseModel, ConfigDict, Field

from predict_knn import nearest


class Near(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid")
    name: str
    distance: Annotated[float, Field(ge=0)]


class Response(BaseModel):
    """The nearest rows."""

    model_config = ConfigDict(extra="forbid")
    nearest: Annotated[list[Near], Field(max_length=20)]


@bentoml.service(workers=1)
class Knn:
    """The service."""

    @bentoml.api(route="/products/knn/predict")
    async def predict(
        self,
        values: Annotated[list[Annotated[float, Field(ge=0, le=4)]], Field(min_length=12, max_length=12)],
        count: Annotated[int, Field(ge=1, le=20)] = 5,
    ) -> Response:
        """Answer."""
        return Response.model_validate(nearest(values, count))
