"""Work on a Dask cluster: one that runs already, by its scheduler's address, or one of processes on this machine.

Dask takes up the tasks of a lost worker by itself. What it sends is pickled, and whoever can reach a scheduler can have
code run: a cluster is for one trusted network, with TLS wherever that is more than this machine.
"""

from __future__ import annotations

import logging
import pickle
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from paceline.domain.errors import ExtraMissing, SettingsError, StoreUnavailable, TaskFailed, TaskLost
from paceline.jobs.executor import LOST_AT_MOST, Attempt, TaskExecutor, attempted

LOCAL = "local"
"""The address of a cluster of processes that lives as long as the executor."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster is, and how to speak to it.

    Attributes:
        address: "local", or the scheduler's: `tls://host:8786`; `tcp://` for this machine alone.
        certificate_authority: file of the certificates by which the scheduler is known.
        certificate: file of our own.
        key: file of its key.
        workers: how many processes a local cluster has; one for each core if None.
        patience: s to wait for the scheduler.
    """

    address: str = LOCAL
    certificate_authority: str | None = None
    certificate: str | None = None
    key: str | None = None
    workers: int | None = None
    patience: float = 10.0

    def __post_init__(self) -> None:
        """An address that would carry work over a network in the clear is refused.

        Raises:
            SettingsError: no address, one without TLS that is not this machine's, or TLS without its files.
        """
        parts = urlsplit(self.address)
        if self.address == LOCAL:
            return
        if parts.scheme not in {"tcp", "tls"} or not parts.hostname:
            raise _wrong("an address such as tls://scheduler:8786, or local", "something else")
        if parts.scheme == "tcp" and parts.hostname not in _LOOPBACK:
            raise _wrong("tls:// for a scheduler on another machine", "tcp://")
        if parts.scheme == "tls" and None in {self.certificate_authority, self.certificate, self.key}:
            raise _wrong("with tls://, files for the authority, our certificate and its key", "not all of them")


def _wrong(expected: str, found: str) -> SettingsError:
    return SettingsError("the environment", place="PACELINE_CLUSTER", expected=expected, found=found)


class DaskExecutor(TaskExecutor):
    """A cluster."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        """Reach the scheduler, or start a cluster here.

        Raises:
            StoreUnavailable: the scheduler does not answer.
            ExtraMissing: Dask is not installed.
        """
        super().__init__()
        self._client, self._local = _reached(cluster or Cluster())
        self._running: dict[str, Any] = {}

    def _start(self, attempt: Attempt) -> None:
        if not attempt.begin():
            return
        key = f"{attempt.name}-{uuid4().hex}"  # another run's task of this name is none of ours
        try:
            future = self._client.submit(attempted, attempt.name, attempt.work, attempt.arguments, key=key, pure=False)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            reason = f"it can't be sent to the cluster ({type(error).__name__})"
            attempt.broke(TaskFailed(attempt.name, reason=reason))
            return
        with self._lock:
            self._running[attempt.name] = future
        future.add_done_callback(lambda done: self._ended(attempt, done))

    def _ended(self, attempt: Attempt, future: Any) -> None:
        from distributed.scheduler import KilledWorker

        with self._lock:
            if self._running.get(attempt.name) is future:
                del self._running[attempt.name]
        if future.status == "finished":
            try:
                answer, broken = future.result()
            except Exception as error:  # noqa: BLE001  # an answer that can't be read belongs to whoever asks for it
                answer, broken = None, TaskFailed(attempt.name, reason=f"it can't travel ({type(error).__name__})")
            attempt.answered(answer) if broken is None else attempt.broke(broken)
        elif future.status == "error":
            raised = future.exception()
            lost = TaskLost(attempt.name, times=LOST_AT_MOST)
            attempt.broke(lost if isinstance(raised, KilledWorker) else raised)
        else:  # lost with the scheduler, or cancelled behind our back
            attempt.vanished()

    def _stop_one(self, attempt: Attempt) -> None:
        """A function that runs on a worker can't be stopped there; its answer goes nowhere."""
        with self._lock:
            future = self._running.pop(attempt.name, None)
        if future is not None:
            future.cancel(force=True)

    def _close(self) -> None:
        self._client.close()
        if self._local is not None:
            self._local.close()


def _reached(cluster: Cluster) -> tuple[Any, Any]:
    """Dask's client, and the cluster where it is our own; both as Dask has them, without types."""
    try:
        import dask
        import distributed as library
    except ImportError as error:
        raise ExtraMissing("A cluster", extra="cluster") from error
    dask.config.set({"distributed.scheduler.allowed-failures": LOST_AT_MOST - 1})
    distributed: Any = library
    security = distributed.Security()
    if cluster.certificate is not None:
        security = distributed.Security(
            tls_ca_file=cluster.certificate_authority, require_encryption=True,
            tls_client_cert=cluster.certificate, tls_client_key=cluster.key,
            tls_scheduler_cert=cluster.certificate, tls_scheduler_key=cluster.key,
            tls_worker_cert=cluster.certificate, tls_worker_key=cluster.key,
        )  # fmt: skip
    logging.getLogger("distributed").setLevel(logging.ERROR)  # its warnings quote the arguments of tasks
    local = None
    if cluster.address == LOCAL:
        local = distributed.LocalCluster(
            n_workers=cluster.workers, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", security=security,
        )  # fmt: skip
    try:
        there = local or cluster.address
        client = distributed.Client(there, security=security, timeout=cluster.patience, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise StoreUnavailable(cluster.address, reason="no scheduler answers there") from error
    return client, local
