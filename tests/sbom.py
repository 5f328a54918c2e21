"""`python -m tests.sbom FILE`: what the product ships with, as a CycloneDX bill of materials.

The same lock file makes the same bytes: no time, and a serial number that is made of the content.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.licences import LicenceError, shipped
from tests.locks import OURS, PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.locks import Pin

_SPACE = uuid.UUID("7c1c6a52-6d3c-4a59-9a4c-0a6a4f9d1f0e")
"""Where serial numbers are made, so that they are like no one else's."""
_FILES = "the files of this release that may be installed; each has one of these hashes"


def bill(parts: Sequence[tuple[Pin, str]]) -> str:
    """Return the bill of materials as JSON; `parts` are packages with their licences."""
    ours = _component(OURS, PROJECT["version"], PROJECT["license"], ComponentType.APPLICATION)
    known = {pin.name: _component(pin.name, pin.version, licence) for pin, licence in parts}
    bom = Bom(serial_number=uuid.uuid5(_SPACE, repr((PROJECT["version"], parts))))
    bom.metadata.component = ours
    bom.metadata.timestamp = None  # type: ignore[assignment]  # its absence is allowed, and stays
    for pin, _ in parts:
        known[pin.name].external_references.add(_files(pin))
        bom.components.add(known[pin.name])
    everything = {**known, OURS: ours}
    for name, component in everything.items():
        bom.register_dependency(component, _asked_by(name, parts, known))
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(
    name: str, version: str, licence: str, kind: ComponentType = ComponentType.LIBRARY
) -> Component:
    url = PackageURL("pypi", name=name, version=version)
    licences = [LicenseFactory().make_from_string(licence)]
    return Component(
        name=name, version=version, type=kind, purl=url, bom_ref=str(url), licenses=licences
    )


def _files(pin: Pin) -> ExternalReference:
    """Return the hashes of a release: it has a file for each kind of machine."""
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(PackageURL("pypi", name=pin.name, version=pin.version))),
        comment=_FILES,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in pin.hashes],
    )


def _asked_by(
    name: str, parts: Iterable[tuple[Pin, str]], known: dict[str, Component]
) -> list[Component]:
    return [known[pin.name] for pin, _ in parts if name in pin.via]


def main(argv: Sequence[str]) -> int:
    """Write the bill into the file that is named."""
    if len(argv) != 1:
        sys.stderr.write("sbom: say into which file\n")
        return 2
    try:
        parts = shipped()
    except LicenceError as error:
        sys.stderr.write(f"sbom: {error}\n")
        return 1
    file = Path(argv[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(bill(parts), "utf-8")
    sys.stdout.write(f"{file}: {len(parts)} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
