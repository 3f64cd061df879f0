"""Packets and passings from an MQTT broker.

`paceline/SESSION/packets` carries packets, one message or several packets in one; what is on the disk is told on
`paceline/SESSION/kept`, as on the WebSocket. The broker says who may publish: a message is taken as coming from the
session's own device. `…/passing` is what velotrain publishes: each passing goes to the sessions whose transponder it
names. What nobody's transponder passes is not kept: it belongs to no session here.

The broker is told that a message has arrived once it is on the disk, and keeps it until then, over our restarts too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import msgspec

from paceline.domain.errors import LeaseLost, PacelineError, SettingsError, StoreUnavailable
from paceline.record.formats.passings import GATE, MARKER
from paceline.serve.live.rooms import LiveRoom
from paceline.serve.live.running import Running
from paceline.serve.live.splits import passings_of

LOGGER = logging.getLogger("paceline.live")

AT_ONCE = 500
"""Messages that the broker may send before the first of them is on the disk."""

AGAIN = 1.0
"""Seconds until a message is tried again that could not be kept."""

PATIENCE = 5.0
"""Seconds that a server waits at its start for a broker."""

REMEMBERED = 86_400
"""Seconds for which the broker keeps messages for a server that is away."""

EVERYBODY = frozenset({GATE, MARKER})
"""Names in a passing that are no transponder's: what they tell is told to all who are timed."""


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """Where the broker is, and whose sessions its messages are of.

    Attributes:
        organisation: the one.
        host, port: the broker's.
        name: under which the server is known there; each of several servers has its own.
        username, password: as the broker asks; none where empty.
        tls: whether the connection is sealed.
        passings: topic of the timing system.
    """

    organisation: str
    host: str
    port: int = 1883
    name: str = "paceline"
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    passings: str = "velotrain/passing"

    @classmethod
    def from_url(cls, url: str, *, organisation: str, name: str = "paceline") -> MqttAddress:
        """The address that a URL names: `mqtt://host`, or `mqtts://user:password@host:port`.

        Raises:
            SettingsError: it names none.

        >>> MqttAddress.from_url("mqtts://track@broker.example", organisation="home").port
        8883
        """
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise SettingsError("the environment", place="PACELINE_MQTT", expected="mqtt://host:port", found="another")
        tls = parts.scheme == "mqtts"
        port = parts.port or (8883 if tls else 1883)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(organisation, parts.hostname, port, name, user, password, tls=tls)


@contextlib.asynccontextmanager
async def listening(room: LiveRoom, address: MqttAddress) -> AsyncIterator[None]:
    """Take what the broker sends for as long as the context lasts; a broker that is away is tried again."""
    listener = _Listener(room, address, asyncio.get_running_loop())
    client = listener.client
    with contextlib.suppress(OSError):
        client.connect_async(address.host, address.port, clean_start=False, properties=_properties())
    client.loop_start()
    working = asyncio.create_task(listener.work())
    try:
        await listener.heard(PATIENCE)
        yield
    finally:
        await asyncio.to_thread(client.disconnect)
        await asyncio.to_thread(client.loop_stop)
        working.cancel()


def _properties() -> Any:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.ReceiveMaximum = AT_ONCE
    properties.SessionExpiryInterval = REMEMBERED
    return properties


class _Listener:
    """The thread of the MQTT client hands messages to the loop; the loop says when each is on the disk."""

    def __init__(self, room: LiveRoom, address: MqttAddress, loop: asyncio.AbstractEventLoop) -> None:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        self._room, self._address, self._loop = room, address, loop
        self._queue: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=address.name, protocol=MQTTv5, manual_ack=True)
        if address.username:
            self.client.username_pw_set(address.username, address.password or None)
        if address.tls:
            self.client.tls_set()
        self._connection = 0
        self.client.on_connect = self._connected
        self._ready = asyncio.Event()
        self.client.on_subscribe = self._subscribed
        self.client.on_message = self._came

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            LOGGER.error("the MQTT broker at %s:%d refused us: %s", self._address.host, self._address.port, reason)
            return
        self._connection += 1
        client.subscribe([("paceline/+/packets", 1), (self._address.passings, 1)])

    def _subscribed(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ready.set)

    async def heard(self, seconds: float) -> None:
        """Wait until the broker keeps messages for us, but not for ever: it may be away."""
        try:
            await asyncio.wait_for(self._ready.wait(), seconds)
        except TimeoutError:
            LOGGER.warning("no MQTT broker at %s:%d yet; it is tried again", self._address.host, self._address.port)

    def _came(self, _client: Any, _data: Any, message: Any) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, (self._connection, message))

    async def work(self) -> None:
        """One message after the other into its session; those of different sessions go beside each other."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._taken(*await self._queue.get()))

    async def _taken(self, connection: int, message: Any) -> None:
        """A message on the disk, and then the broker told: of the connection it came over, for numbers begin anew."""
        while not await self._kept(message):
            await asyncio.sleep(AGAIN)
        if connection == self._connection:
            self.client.ack(message.mid, message.qos)

    async def _kept(self, message: Any) -> bool:
        """Whether it needs to be tried no more."""
        try:
            if message.topic.startswith("paceline/"):
                await self._packets(message.topic, message.payload)
            else:
                await self._passing(message.topic, message.payload)
        except (StoreUnavailable, LeaseLost) as error:
            LOGGER.warning("a message of the MQTT broker could not be kept yet: %s", error)
            return False
        except (PacelineError, ValueError) as error:  # never ours, however often it comes
            LOGGER.warning("a message of the MQTT broker was left out: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the outermost loop: one message stops no other
            LOGGER.error("a message of the MQTT broker failed: %s", type(error).__name__)  # noqa: TRY400 - no values
        return True

    async def _packets(self, topic: str, payload: bytes) -> None:
        session = UUID(topic.split("/")[1])
        running = await self._room.open(session)
        taken = await self._room.take(running, payload, by="mqtt")
        answer = {"kept": taken.kept} | ({"refused": taken.refused} if taken.refused else {})
        self.client.publish(f"paceline/{session}/kept", msgspec.json.encode(answer), qos=0)

    async def _passing(self, topic: str, payload: bytes) -> None:
        for line, time in passings_of(topic, payload):
            for running in _whose(self._room, line.refid):
                await self._room.pass_on(running, topic, payload, time=time)


def _whose(room: LiveRoom, refid: str) -> list[Running]:
    timed = [running for running in room.running.values() if running.transponder and running.ended is None]
    return [running for running in timed if refid in EVERYBODY or running.transponder == refid]
