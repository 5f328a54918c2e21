"""The use case: what a filing needs next, the step that does it, and what follows from it.

    accepted ──► READY ── Search ── Look ── Copy, Bring ... ── Attach ── ReadBack ──► DONE
                   │         │        │                          │
                   │ not     │ several│ some files               │ answer lost
                   │ connected  fit   │ cannot                   ▼
                   ▼         ▼        ▼                 Settle at 0, 5, 15 s and after the
                  WAITING ◄──┴────────┘                 quarantine: found, or repeated once
                   │  answered: READY again       ends, and after eleven minutes LookLate:
                   │  unanswered: CANCELLED       how often was it attached?

A refusal for good is FAILED, from anywhere; trouble that may pass stays READY with a later
`wake_at`. Before Copy, Bring and Attach the intent is saved, after them the outcome. `decide` says
what is next, `steps` does it, `outcomes`, `brought`, `troubles` and `doubles` say what follows; all
are pure but `steps`, `bringing`, `telling`, and the looks for the outcome of a lost answer,
`settling` and `late_looks`.
"""
