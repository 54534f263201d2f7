"""Who a mail is from, as far as the receiving server could tell (RFC 8601): facts with provenance.

Anybody can write an Authentication-Results header. Only those are read that carry the configured name of the
receiving server and stand together at the top, because a server adds its own above what came with the mail; of several
about one method the highest counts. Everything else is as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from policies.fact import Fact, FactValue, Integrity, Source, SourceKind
from tools.mail.address import domain_of
from tools.mail.headers import LONGEST_HEADER, envelope_sender, senders

RESULTS = "authentication-results"
METHODS = ("spf", "dkim", "dmarc")
PASS, FAIL, NONE = "pass", "fail", "none"
READER = "authentication-results"
RESULT = re.compile(r"^\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
PROPERTY = re.compile(r"(?:^|\s)(header\.d|header\.i|header\.from|smtp\.mailfrom)\s*=\s*([^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One method's result with the domains it is about."""

    method: str
    outcome: str
    domains: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What is known of the sender of a mail; every fact names who says so."""

    sender: str
    facts: dict[str, Fact]

    @property
    def as_json(self) -> dict[str, Any]:
        """The facts as JSON data, by name."""
        return {name: fact.model_dump(mode="json") for name, fact in self.facts.items()}


def verify(message: Message, *, authserv_id: str | None) -> Verification:
    """The sender and the facts about them: `from`, `envelope_from`, `spf`, `dkim`, `dmarc`, `from_is_envelope`,
    `sender_verified` (`pass`, `fail` or `none`).

    `pass` means that the domain in From has vouched for the mail: DMARC passed, or a DKIM signature of that domain
    did. It says who sent it, never that it is true. Without `authserv_id` nothing is known.
    """
    named = senders(message)
    sender = named[0] if len(named) == 1 else ""
    found = trusted_results(message, authserv_id) if authserv_id else []
    envelope = envelope_sender(message)
    outcome = {method: worst(found, method) for method in METHODS}
    facts = {
        "from": claimed(sender),
        "envelope_from": claimed(envelope),
        "from_is_envelope": derived(bool(sender) and domain_of(sender) == domain_of(envelope), "from and envelope"),
        **{method: said(outcome[method], authserv_id) for method in METHODS},
    }
    facts["sender_verified"] = said(_verified(sender, found, outcome), authserv_id)
    return Verification(sender=sender, facts=facts)


def _verified(sender: str, found: list[Found], outcome: dict[str, str]) -> str:
    if not sender:
        return NONE
    about = {one.domains.get("header.from", "").casefold() for one in found if one.method == "dmarc"}
    other = about - {"", domain_of(sender)}
    if other or outcome["dmarc"] == FAIL:
        return FAIL
    if outcome["dmarc"] == PASS:
        return PASS
    signed = {_signer(one) for one in found if one.method == "dkim" and one.outcome == PASS}
    if outcome["dkim"] == PASS and domain_of(sender) in signed:
        return PASS
    return FAIL if FAIL in (outcome["spf"], outcome["dkim"]) else NONE


def _signer(found: Found) -> str:
    return (found.domains.get("header.d") or domain_of(found.domains.get("header.i", ""))).casefold()


def worst(found: list[Found], method: str) -> str:
    """The result of a method: `pass` only where nothing says otherwise, `none` where nothing is said.

    Of several DKIM signatures one good one is enough: an old or broken one beside it says nothing (RFC 6376, 6.1).
    """
    outcomes = {one.outcome for one in found if one.method == method}
    if not outcomes or outcomes <= {NONE}:
        return NONE
    if method == "dkim":
        return PASS if PASS in outcomes else FAIL
    if outcomes == {PASS}:
        return PASS
    return FAIL if outcomes & {FAIL, "softfail", "permerror", "policy", PASS} else NONE


def trusted_results(message: Message, authserv_id: str) -> list[Found]:
    """What the receiving server said, of each method what stands highest: only that is certainly not the sender's."""
    found: list[Found] = []
    for value in own_headers(message, authserv_id):
        known = {one.method for one in found}
        found += [one for one in results_in(value) if one.method not in known]
    return found


def own_headers(message: Message, authserv_id: str) -> Iterator[str]:
    """The headers under the server's name that stand together at the top, without the name."""
    begun = False
    for name, value in message.items():
        if name.casefold() == "received" and begun:
            return
        if name.casefold() != RESULTS:
            continue
        server, _, rest = without_comments(str(value)[:LONGEST_HEADER]).partition(";")
        if [word.casefold() for word in server.split()[:1]] == [authserv_id.casefold()]:
            begun = True
            yield rest
        elif begun:
            return


def results_in(text: str) -> Iterator[Found]:
    """The results of a header, without the server's name."""
    for part in text.split(";"):
        match = RESULT.match(part)
        if match is None:
            continue
        domains = {key.casefold(): value.strip("<>") for key, value in PROPERTY.findall(part[match.end() :])}
        yield Found(method=match[1].casefold(), outcome=match[2].casefold(), domains=domains)


def without_comments(text: str) -> str:
    """A header's text without comments and quoted strings: what a sender could have smuggled into one is not read.

    A quotation mark counts within comments too. One that is left open hides the rest: then less is known, never more.
    """
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif not quoted and character == "(":
            depth += 1
        elif not quoted and character == ")":
            depth = max(0, depth - 1)
        elif not quoted and not depth:
            kept.append(" " if character in "\r\n" else character)
    return "".join(kept)


def claimed(value: str) -> Fact:
    """What the mail itself says: anybody could have written it."""
    source = Source(kind=SourceKind.DOCUMENT, ref="mail header", reader="mail")
    return Fact(value=value, confidence=1.0, source=source, integrity=Integrity.UNTRUSTED)


def said(value: FactValue, authserv_id: str | None) -> Fact:
    """What the receiving server says."""
    ref = f"mail server {authserv_id}" if authserv_id else "no mail server is trusted"
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref=ref, reader=READER)
    return Fact(value=value, confidence=1.0, source=source, integrity=Integrity.TRUSTED)


def derived(value: FactValue, ref: str) -> Fact:
    """What follows from what the mail says, and is worth as much."""
    source = Source(kind=SourceKind.DERIVED, ref=ref, reader="mail")
    return Fact(value=value, confidence=1.0, source=source, integrity=Integrity.UNTRUSTED)
