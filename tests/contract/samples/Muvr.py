"""Four generation-2 packets: one came twice, one is missing."""

from paceline.record.formats.muvr_blocks import Block, encoded
from paceline.record.formats.packed_samples import packed


def sample() -> bytes:
    out = b""
    for number in (254, 254, 255, 1):
        content = packed([[n * 7 - 300, 900 - n * 5, (n * number) % 200] for n in range(49)])
        end = 1_432_206_359_635 + ((number - 254) % 256) * 1000
        out += encoded(Block("2", "acceleration", 50, content, sequence=number, end=end, duration=1000))
    return out
