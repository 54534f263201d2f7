"""The toy's rules, with what a test adds."""

from __future__ import annotations

from tests.support.toy import PACK

FOUR_EYES = (
    PACK
    + """
  - id: TOY-EYES
    at: [write]
    title: Two people
    severity: obligation
    obligation: four_eyes
    when: note.amount > p.auto_limit
    message: Two people must approve this.
    source: {regulation: Toy, clause: "5"}
    examples:
      - {expect: passes, given: {note.amount: 1000}}
      - {expect: fires, given: {note.amount: 1001}}
"""
)
CALL_BACK = (
    PACK
    + """
  - id: TOY-CALL
    at: [write]
    title: Call back
    severity: obligation
    obligation: call_back
    when: note.amount > p.auto_limit
    message: Call the requester.
    source: {regulation: Toy, clause: "6"}
    examples:
      - {expect: passes, given: {note.amount: 1000}}
      - {expect: fires, given: {note.amount: 1001}}
"""
)
STRICTER = (
    PACK.replace('version: "1"', 'version: "2"')
    .replace("value: 1000,", "value: 400,")
    .replace("{note.amount: 999}", "{note.amount: 399}")
    .replace("{note.amount: 1000}", "{note.amount: 400}")
    .replace("{note.amount: 1001}", "{note.amount: 401}")
)
"""Version 2: nobody is asked up to 400 instead of 1000."""
