"""The same prediction in MLServer: tensors in and out by the Open Inference Protocol, its envelope validated.

What the tensors mean, twelve numbers from 0 to 4, it can't be told; that much less it checks.

mlserver start FOLDER, where FOLDER holds the settings that bench_predict.py writes.
"""

from __future__ import annotations

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from predict_knn import nearest


class Knn(MLModel):
    """The model."""

    async def load(self) -> bool:
        """Nothing to load: the rows are made on import."""
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer."""
        values, count = (NumpyCodec.decode_input(tensor)[0] for tensor in payload.inputs)
        found = nearest(values, int(count[0]))["nearest"]
        names = StringCodec.encode_output("name", [row["name"] for row in found])
        distances = NumpyCodec.encode_output("distance", np.array([row["distance"] for row in found]))
        return InferenceResponse(model_name=self.name, id=payload.id, outputs=[names, distances])
