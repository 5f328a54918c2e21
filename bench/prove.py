"""`make prove`: what is promised, tried at length. Names choose; options go to the one named."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROOFS = {
    "simulation": "bench.prove_simulation",
    "stateful": "bench.prove_stateful",
    "duplicates": "bench.prove_duplicates",
    "burst": "bench.prove_burst",
    "isolation": "bench.prove_isolation",
    "sockets": "bench.prove_sockets",
    "kill": "bench.prove_kill",
    "text": "bench.prove_text",
    "gate": "bench.prove_gate",
    "people": "bench.prove_people",
}


def main(argv: Sequence[str]) -> int:
    """Run the proof that is named first, or every proof; 1 when a bar is missed."""
    chosen, options = (argv[:1], argv[1:]) if argv else (list(PROOFS), [])
    if unknown := set(chosen) - PROOFS.keys():
        print(f"no proof {unknown}; there is {', '.join(PROOFS)}")
        return 2
    return max([_run(name, options) for name in chosen])


def _run(name: str, options: Sequence[str]) -> int:
    print(f"== {name}", flush=True)
    code: int = importlib.import_module(PROOFS[name]).main(options)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
