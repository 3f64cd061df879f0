"""A made live session: a hub twice a second with a packet lost, motion at 25 Hz as int16, beats, a loop, an end."""

from paceline.record.formats.live_packets import sealed
from paceline.record.packets import Written, last, packet, passed_on, sampled

START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
PASSING = (
    b'{"index":%d,"date":"2023-11-14","time":"22:13:%02d.250","mpid":1,"refid":"125","env":[26.5,48.0,1008.2],'
    b'"moto":null,"elap":null,"lap":null,"half":null,"qtr":null,"200":null,"100":null,"50":null,"text":"Finish"}'
)


def sample():
    found = []
    for number in (0, 1, 2, 4):
        values = {"power": [200.0 + number, float("nan")], "cadence": [90.0, 91.0]}
        found.append(sampled("hub", "record", values, sequence=number, first=START + number * SECOND, rate=(2, 1)))
    found.append(last("hub", sequence=5, time=START + 5 * SECOND))
    for number in range(3):
        values = {f"acceleration_{axis}": [0.1 * k for k in range(25)] for axis in "xyz"}
        scale = dict.fromkeys(values, Written(0.01))
        at = START + number * SECOND
        found.append(sampled("pod", "motion", values, sequence=number, first=at, rate=(25, 1), written=scale))
    beats = {"rr_interval": [0.8, 0.81]}
    found.append(sampled("strap", "rr", beats, sequence=0, first=START, since=[0, 810_000_000]))
    for number, second in enumerate((25, 43)):
        found.append(passed_on("loops", "velotrain/passing", PASSING % (number, second), sequence=number, time=START))
    return sealed(map(packet, found))
