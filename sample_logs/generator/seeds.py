"""Ids and chances, each derived from the seed and a name: adding one thing never moves another."""

import base64
import hashlib
import random
import uuid

SEED = "pimtrail-samples-1"
NAMESPACE = uuid.UUID("6f0c3d5e-0b52-5b0e-9a57-0d8d0c2f7a11")
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def guid(*name: object) -> str:
    """A GUID that depends on the name alone."""
    return str(uuid.uuid5(NAMESPACE, "/".join(str(part) for part in name)))


def chance(*name: object) -> random.Random:
    """A random source of its own for one named thing."""
    return random.Random("/".join([SEED, *(str(part) for part in name)]))


def opaque(*name: object) -> str:
    """43 characters like those of a role schedule's id."""
    digest = hashlib.sha256("/".join(str(part) for part in name).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def suffix(*name: object) -> str:
    """The five characters in the middle of a Core Directory event id."""
    dice = chance("suffix", *name)
    return "".join(dice.choice(LETTERS) for _ in range(5))
