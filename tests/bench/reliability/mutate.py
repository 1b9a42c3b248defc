"""Seeded damage: to bytes, to JSON values and to text."""

import copy
import json

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
ODD = (
    None, True, False, 0, -1, 1, 2**31, -(2**63), 10**400, 0.5, -1e308, float("nan"), float("inf"),
    "", " ", ".", "..", "/", "\0", "\n", "\ud800", "nan", "1-10", "1-9999999999", "x" * 5000,
    "../../outside.exr", "%n%s%d", "####", "/dev/zero", "/dev/null", "é.exr",
    [], {}, [[]], [None], {"": None}, [1] * 100,
)  # fmt: skip


def damaged(data, random):
    """Bytes with one to six places changed."""
    data = bytearray(data)
    for _ in range(random.randint(1, 6)):
        _damage(data, random)
    return bytes(data)


def _damage(data, random):
    # headers are where a file is believed: half of all damage goes to the first kilobyte
    end = min(len(data), 1024) if random.random() < 0.5 else len(data)
    at = random.randrange(end) if end else 0
    kind = random.randrange(7)
    if kind == 0 and data:
        data[at] ^= 1 << random.randrange(8)
    elif kind == 1:
        data[at : at + 1] = random.randbytes(1)
    elif kind == 2:
        data[at : at + 4] = random.choice(_NUMBERS).to_bytes(4, "little")
    elif kind == 3:
        data[at : at + 8] = random.randbytes(8)
    elif kind == 4:
        del data[at : at + random.randint(1, 64)]
    elif kind == 5:
        data[at:at] = data[at : at + random.randint(1, 64)]
    else:
        del data[random.randrange(len(data) + 1) :]


def changed(value, random):
    """A JSON value with one to three places changed."""
    value = copy.deepcopy(value)
    for _ in range(random.randint(1, 3)):
        value = _change(value, random)
    return value


def _change(value, random):
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value, key=str))
        kind = random.randrange(8)
        if kind == 0:
            del value[key]
        elif kind == 1:
            value[random.choice(("", "plate", "x", "\0", "__class__"))] = value.pop(key)
        else:
            value[key] = _change(value[key], random)
        return value
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        value[at] = _change(value[at], random)
        return value
    if isinstance(value, str) and value and random.random() < 0.5:
        at = random.randrange(len(value))
        return value[:at] + random.choice(("", "\0", "/", "../", "#", "%d", " ", "9")) + value[at:]
    return copy.deepcopy(random.choice(ODD))


def json_text(value, random):
    """JSON, now and then deeper than anybody reads, or broken."""
    text = json.dumps(value)
    dice = random.random()
    if dice < 0.02:
        depth = random.choice((100, 2000, 100_000))
        return "[" * depth + "]" * depth
    if dice < 0.2:
        return damaged(text.encode(), random).decode("utf-8", "surrogateescape")
    return text
