"""Numbers that are as random as the course's seed is secret, and the same each time."""

import hashlib


def derive_seed(seed: str, purpose: str) -> int:
    """A 63-bit number that only someone who knows the course's seed can compute for `purpose`."""
    digest = hashlib.blake2b(purpose.encode(), key=seed.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
