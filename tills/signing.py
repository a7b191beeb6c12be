"""What the platform tells its tills is signed: Ed25519, by a key that follows from SECRET_KEY."""

from base64 import b64decode, b64encode
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

INFO = b"tills.snapshot.v1"


@cache
def _key(secret: str) -> Ed25519PrivateKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)


def public_key() -> str:
    """What devices check signatures with, in base64; they are given it once, when they are set up."""
    return b64encode(_key(settings.SECRET_KEY).public_key().public_bytes_raw()).decode()


def sign(content: bytes) -> str:
    return b64encode(_key(settings.SECRET_KEY).sign(content)).decode()


def is_signed(content: bytes, signature: str, key: str) -> bool:
    """Whether the content is what the holder of the key signed; what a device asks before it believes it."""
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)).verify(b64decode(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
