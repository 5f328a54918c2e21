"""Portals behind TLS: an authority of the tests' own, and whoever trusts it."""

from __future__ import annotations

import dataclasses
import ipaddress
import ssl
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclasses.dataclass(frozen=True)
class Authority:
    """Somebody who signs for 127.0.0.1; `until` is the end of the certificate."""

    certificate: str
    pem: bytes
    until: datetime

    def client(self) -> ssl.SSLContext:
        """Return what trusts this authority alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.certificate)
        return context

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "chain.pem")
            file.write_bytes(self.pem)
            context.load_cert_chain(file)
        return context

    @asynccontextmanager
    async def serving(self, handler: Handler) -> AsyncIterator[str]:
        """Serve every path over TLS."""
        site = web.Application()
        site.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(site, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.server()).start()
            yield f"https://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def authority(life: timedelta = timedelta(days=90), names: tuple[str, ...] = ()) -> Authority:
    """Return a new authority with a certificate that ends after `life`; `names` are hosts, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "attachbot tests")])
    until = datetime.now(UTC) + life
    here = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *map(x509.DNSName, names)]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), until) - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Authority(certificate.decode(), private + certificate, until)
