"""A bucket for tests, on any server that speaks S3's language: PACELINE_TEST_S3 is its address, else there is none.

pip install 'moto[server]' && moto_server -p 5000 & PACELINE_TEST_S3=http://127.0.0.1:5000 pytest tests/contract
"""

from __future__ import annotations

import os
import urllib.request
from uuid import uuid4

ENDPOINT = os.environ.get("PACELINE_TEST_S3")

OPTIONS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": ENDPOINT or "",
    "AWS_ALLOW_HTTP": "true",
}


def bucket() -> str:
    """A new bucket's URL."""
    name = f"test-{uuid4().hex}"
    request = urllib.request.Request(f"{ENDPOINT}/{name}", method="PUT")  # noqa: S310  # the tester's own address
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        return f"s3://{name}/inside"
