"""Why a class may or may not decide by itself, in a sentence for people."""

from __future__ import annotations

from graphs.calibration.finding import Finding
from graphs.calibration.threshold import CONFIDENCE_BPS, needed_without_error


def percent(bps: int) -> str:
    """Basis points as people write them: `1 %`, `0.25 %`."""
    return f"{bps / 100:g} %"


def why(finding: Finding, *, target_bps: int) -> str:
    """In a sentence, why the class may or may not decide by itself."""
    wanted = f"at most {percent(target_bps)} wrong at {percent(CONFIDENCE_BPS)}"
    needed = needed_without_error(target_bps)
    chosen, checked = finding.chosen, finding.checked
    if not finding.candidates:
        return f"no reviewed decisions to learn from; with no error {needed} are needed for {wanted}"
    if chosen is None:
        strictest = finding.candidates[0]
        if strictest.decided < needed:
            return (
                f"{strictest.decided} reviewed decisions above the strictest candidate; "
                f"with no error {needed} are needed for {wanted}"
            )
        return (
            f"{strictest.wrong} of {strictest.decided} reviewed decisions above the strictest candidate are wrong: "
            f"that does not prove {wanted}"
        )
    if checked is None or not checked.held:
        return (
            f"the threshold does not hold on the check split: {checked.wrong if checked else 0} of "
            f"{checked.decided if checked else 0} wrong there, which rules out {percent(target_bps)}"
        )
    return f"{chosen.wrong} of {chosen.decided} reviewed decisions above the threshold are wrong: {wanted} is proven"
