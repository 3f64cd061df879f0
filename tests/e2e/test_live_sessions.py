"""Live sessions through a real server process: over WebSocket and MQTT, watched, killed and started again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.soak.live_client import entering, live_url, packets_url, send
from tests.soak.live_house import NANO, START, made, second
from websockets.exceptions import ConnectionClosed

from paceline.record.packets import last

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A server process that can be killed and started again."""

    def __init__(self, folder, *options):
        self._command = [sys.executable, "-m", "tests.soak.live_server", str(folder), *map(str, options)]
        self.start()

    def start(self):
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the server did not start"

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def stop(self):
        self._process.terminate()
        assert self._process.wait(20) is not None
        self._process.stdout.close()


@pytest.fixture
def house(tmp_path):
    found = made(tmp_path / "house")
    yield found
    found.hall.close()


@pytest.fixture
def server(house, tmp_path):
    running = Server(tmp_path / "house")
    yield running
    running.stop()


def store(house):
    return house.hall.room("home").store


async def events(url, token, *, count=None):
    """What a coach is told: so many events, or all until the session has ended."""
    found = []
    async with entering(url, token) as watching:
        while count is None or len(found) < count:
            try:
                found.append(json.loads(await asyncio.wait_for(watching.recv(), 20)))
            except ConnectionClosed:
                break
        assert count is not None or watching.close_code == 4410
    return found


def test_a_killed_server_loses_nothing_acknowledged_and_the_session_goes_on(house, server):
    session = house.session()

    async def part(numbers):
        async with entering(packets_url(server.url, session), house.tokens["device"]) as device:
            held = json.loads(await device.recv())["held"]
            answers = [await send(device, second("hub", n, power=200.0, heart_rate=130.0)) for n in numbers]
            return held, [answer["kept"] for answer in answers]

    async def ended():
        async with entering(packets_url(server.url, session), house.tokens["device"]) as device:
            await device.recv()
            await send(device, last("hub", sequence=30, time=(START + 30) * NANO))
            await device.send('{"end": true}')
            return json.loads(await device.recv())["ended"]

    acknowledged = []
    for begin in (0, 10, 20):
        held, kept = asyncio.run(part(range(begin, begin + 10)))
        assert held == ({"hub": [[0, begin - 1]]} if begin else {})
        acknowledged += kept
        server.kill()
        server.start()
    [sha256] = asyncio.run(ended())
    assert acknowledged == [{"hub": [[n, n]]} for n in range(30)]
    from paceline.record.files import read_bytes
    from paceline.record.formats import Source

    raw = read_bytes(store(house).blobs.get(sha256), Source("live"))
    assert raw.recordings[0].streams["record"].time.tolist() == [(START + n) * NANO for n in range(30)]
    assert store(house).journal.session(session).state == "ended"


def test_a_coach_misses_nothing_across_a_hang_up_and_a_restart(house, server):
    session, coach = house.session(), house.tokens["coach"]

    async def sent(numbers):
        async with entering(packets_url(server.url, session), house.tokens["device"]) as device:
            await device.recv()
            for number in numbers:
                await send(device, second("hub", number, power=200.0 + number))

    asyncio.run(sent(range(40)))
    first = asyncio.run(events(live_url(server.url, session, -1), coach, count=25))
    rest = asyncio.run(events(live_url(server.url, session, first[-1]["cursor"]), coach, count=15))
    server.kill()
    server.start()
    again = asyncio.run(events(live_url(server.url, session, -1), coach, count=40))
    assert again == first + rest
    assert [event["cursor"] for event in again] == list(range(40))
    assert [event["power_w"] for event in again] == [200.0 + n for n in range(40)]
    assert again[-1]["power_30s_w"] == sum(200.0 + n for n in range(10, 40)) / 30


def test_a_coach_hears_the_end(house, server):
    session = house.session()

    async def run():
        async with entering(packets_url(server.url, session), house.tokens["device"]) as device:
            await device.recv()
            watching = asyncio.create_task(events(live_url(server.url, session, -1), house.tokens["coach"]))
            for number in range(5):
                await send(device, second("hub", number, power=200.0))
            await device.send('{"end": true}')
            await device.recv()
            return await watching

    assert [event["elapsed_s"] for event in asyncio.run(run())] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("role", "door", "code"),
    [
        ("coach", packets_url, 4404),  # a coach watches, and sends nothing
        ("device", live_url, 4404),  # a device sends, and watches nothing
        ("nobody", packets_url, 4401),
        ("nobody", live_url, 4401),
    ],
)
def test_who_may_not_is_told_so_and_no_more(house, server, role, door, code):
    async def run():
        async with entering(door(server.url, house.session()), house.tokens.get(role, "guessed")) as connection:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(connection.recv(), 20)
            return closed.value.rcvd.code

    assert asyncio.run(run()) == code


def test_text_that_means_nothing_ends_the_connection(house, server):
    async def run():
        async with entering(packets_url(server.url, house.session()), house.tokens["device"]) as device:
            await device.recv()
            await device.send('{"stop": 1}')
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(device.recv(), 20)
            return closed.value.rcvd.code

    assert asyncio.run(run()) == 4422


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def mosquitto(folder, port):
    """A real broker that remembers over its clients' restarts."""
    configuration = folder / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    path = shutil.which("mosquitto", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    broker = subprocess.Popen([path, "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        broker.terminate()
        broker.wait()


class MqttDevice:
    """Publishes, and collects what it is told."""

    def __init__(self, port, topic):
        import paho.mqtt.client as mqtt

        self.told = []
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = lambda _client, _data, message: self.told.append(json.loads(message.payload))
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(topic, 1)
        self._client.loop_start()

    def publish(self, topic, payload):
        self._client.publish(topic, payload, qos=1).wait_for_publish(10)

    def wait(self, count):
        end = time.monotonic() + 30
        while len(self.told) < count and time.monotonic() < end:
            time.sleep(0.01)
        return self.told[:count]

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


def passing(index, refid, at, loop=1):
    return json.dumps(
        {"index": index, "date": "2023-11-14", "time": at, "mpid": loop, "refid": refid, "env": [26.5, 48.0, 1008.2],
         "moto": None, "elap": None, "lap": None, "half": None, "qtr": None, "200": None, "100": None, "50": None,
         "text": "Finish"}).encode()  # fmt: skip


def test_packets_and_passings_come_over_mqtt_each_once(house, tmp_path):
    port, session = free_port(), house.session(transponder="125")
    with mosquitto(tmp_path, port):
        server = Server(tmp_path / "house", "--mqtt", port)
        device = MqttDevice(port, f"paceline/{session}/kept")
        topic = f"paceline/{session}/packets"
        for number in (0, 1, 1, 2):
            device.publish(topic, second("hub", number, power=250.0))
        told = device.wait(4)
        for index, refid, at in ((1, "125", "22:13:25.250"), (2, "99", "22:13:26.000"), (3, "125", "22:13:43.500")):
            device.publish("velotrain/passing", passing(index, refid, at))
        device.publish("velotrain/passing", passing(3, "125", "22:13:43.500"))

        async def watch():
            found = []
            async with entering(live_url(server.url, session, -1), house.tokens["coach"]) as watching:
                while sum(event["kind"] == "passing" for event in found) < 2:
                    found.append(json.loads(await asyncio.wait_for(watching.recv(), 20)))
            return [event for event in found if event["kind"] == "passing"]

        passings = asyncio.run(watch())
        device.close()
        server.stop()
    kept = sorted(answer["kept"]["hub"] for answer in told)  # what is on disk together is told in any order
    assert kept == [[[n, n]] for n in (0, 1, 1, 2)]
    assert [event["lap_s"] for event in passings] == [None, 18.25]
    assert passings[1]["lap"] == 1


def test_what_a_broker_holds_for_a_killed_server_comes_when_it_is_back(house, tmp_path):
    port, session = free_port(), house.session()
    with mosquitto(tmp_path, port):
        server = Server(tmp_path / "house", "--mqtt", port)
        device = MqttDevice(port, f"paceline/{session}/kept")
        topic = f"paceline/{session}/packets"
        device.publish(topic, second("hub", 0, power=250.0))
        device.wait(1)
        server.kill()
        for number in range(1, 20):
            device.publish(topic, second("hub", number, power=250.0))
        server.start()
        told = device.wait(20)
        device.close()
        server.stop()
    assert sorted(answer["kept"]["hub"][0][0] for answer in told) == list(range(20))
