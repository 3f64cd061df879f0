"""A cluster by its scheduler's address: with TLS and certificates, or on this machine alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.contract import executor_tasks as tasks

from paceline.domain.errors import SettingsError, StoreUnavailable
from paceline.jobs.dask_executor import Cluster, DaskExecutor
from paceline.jobs.process_executor import ProcessExecutor
from paceline.jobs.wiring import Settings, open_executor


@pytest.mark.parametrize(
    "address", ["tcp://scheduler.example:8786", "http://localhost:8786", "scheduler:8786", "tls://host:8786", "tcp://"]
)
def test_an_address_that_would_carry_work_in_the_clear_or_nowhere_is_refused(address):
    with pytest.raises(SettingsError, match="PACELINE_CLUSTER"):
        Cluster(address)


def test_a_scheduler_that_does_not_answer_is_said_in_a_sentence():
    with pytest.raises(StoreUnavailable, match="no scheduler answers"):
        DaskExecutor(Cluster("tcp://127.0.0.1:9", patience=0.5))


def test_without_a_cluster_work_is_done_in_processes_here(tmp_path):
    with open_executor(Settings(tmp_path, workers=2), tasks=50, environment={}) as executor:
        assert isinstance(executor, ProcessExecutor)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and a certificate of ours that it signed, made by openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607

    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-addext",
            "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "our.key", "-out", "our.csr", "-subj", "/CN=paceline")
    openssl("x509", "-req", "-in", "our.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", "our.pem")  # fmt: skip
    return {
        name: str(folder / file) for name, file in (("CA", "ca.pem"), ("CERTIFICATE", "our.pem"), ("KEY", "our.key"))
    }


def test_a_cluster_with_certificates_does_work_and_turns_others_away(certificates, tmp_path, monkeypatch):
    from distributed import LocalCluster
    from distributed.security import Security

    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    ours = {"cert": certificates["CERTIFICATE"], "key": certificates["KEY"]}
    files = {f"tls_{who}_{what}": file for who in ("client", "scheduler", "worker") for what, file in ours.items()}
    security = Security(tls_ca_file=certificates["CA"], require_encryption=True, **files)
    with LocalCluster(
        n_workers=1, threads_per_worker=1, host="tls://127.0.0.1", security=security, dashboard_address="127.0.0.1:0"
    ) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        named = {"PACELINE_CLUSTER": address, **{f"PACELINE_CLUSTER_{n}": file for n, file in certificates.items()}}
        with open_executor(Settings(tmp_path), tasks=1, environment=named) as executor:
            assert isinstance(executor, DaskExecutor)
            assert executor.submit(tasks.squared, 7).result() == 49
        with pytest.raises(StoreUnavailable):
            DaskExecutor(Cluster(address.replace("tls://", "tcp://"), patience=1.0))
