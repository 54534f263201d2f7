"""What tills call things, in English, German, French, Dutch, Spanish, Italian, Portuguese and Polish."""

from __future__ import annotations

import re
from typing import Final


def _rx(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), re.IGNORECASE)


RECEIPT_WORDS: Final = _rx(
    r"\breceipt\b|\bcash(?:ier)?\b|\bchange\b|\btender(?:ed)?\b|\btill\b|\bvisa\b|\bmastercard\b|\bmaestro\b|\bthank\s+you\b",
    r"\bkassen?bon\b|\bbon(?:-?nr)?\b|\bbar\b|\bgegeben\b|\brückgeld\b|\bzurück\b|\bkasse\b|\bkassierer\w*|\bgirocard\b|\bec-?karte\b",
    r"\bticket\b|\bespèces?\b|\brendu\b|\bcarte\s+bancaire\b|\bcaisse\b|\bmonnaie\b",
    r"\bkassabon\b|\bcontant\b|\bwisselgeld\b|\bkassa\b|\bpin(?:nen)?\b|\befectivo\b|\bcambio\b|\bcaja\b|\btarjeta\b",
    r"\bscontrino\b|\bcontant[ei]?\b|\bcarta\b|\bdocumento\s+commerciale\b|\bresto\b|\bcassa\b|\bbancomat\b|\btalão\b|\bnumerário\b|\btroco\b|\bdinheiro\b|\bmultibanco\b|\bcartão\b|\bcard\b",
    r"\bparagon\b|\bgotówka\b|\breszta\b|\bkasjer\b|\bkarta\b",
)
TOTALS: Final[tuple[tuple[float, re.Pattern[str]], ...]] = (
    (
        4.0,
        _rx(
            r"\bgrand\s*total|\b(?:nett?|round(?:ed|ing)?)\s*total|\btotal\s*(?:after\s+)?round|\b(?:amount|total|balance)\s*(?:due|payable|to\s+pay)",
            r"\btotal\s*(?:sales?\s*|amount\s*|amt\s*)?\(?\s*(?:incl|inclusive|inc\b|with)|\bzu\s+zahlen|\bzahlbetrag|\bgesamt(?:betrag|summe)",
            r"\btotal\s+t\.?t\.?c|\b(?:net|total)\s+à\s+payer|\bte\s+betalen|\btotal\s+a\s+pagar|\bimporte\s+total|\btotale\s+(?:complessivo|euro|eur)",
            r"\bda\s+pagare|\bdo\s+zapłaty|\bsuma\s+pln|\bvalor\s+total",
        ),
    ),
    (
        3.0,
        _rx(
            r"\btotal\s*(?:amount|amt|sales?|rm|eur|€|\$|£|chf|usd|gbp)",
            r"\bsumme\b|\bsuma\b|\brazem\b|\btotaal\b|\btotale\b|\bgesamt\b",
        ),
    ),
    (2.4, _rx(r"\btot[a4][l1i]\b|\bmontant\b|\bimporte\b|\bimporto\b|\bbetrag\b|\bbedrag\b")),
)
NOT_A_TOTAL: Final = _rx(
    r"\bsub\s*-?\s*tota|\bsous\s*-?\s*total|\bzwischensumme|\bsubtotaal|\btotal\w*\s*(?:no\.?\s*of|qty|quantity|items?|tax\w*|vat|gst|disc\w*|sav\w*|excl\w*|articles?|ht\b)",
    r"\bitem\s*(?:count|total)|\bpoints?\b|\bdiscount|\brabatt|\bremise|\bsconto|\bdescuento|\bdesconto|\brabat\b|\bkorting|\bsav(?:ed|ings?)\b",
    r"\b(?:ex|excl|exkl|without|ohne|hors|sin|senza|sem)\b|\bnetto\s*(?:summe|betrag)|\bnet\s+amount|\btax\s+(?:summary|amount)",
)
CHANGE: Final = _rx(
    r"\bchange\b|\bback\b|\brückgeld|\bzurück\b|\brendu\b|\bmonnaie\s+rendue|\bwisselgeld|\bterug\b|\bcambio\b|\bresto\b|\btroco\b|\breszta\b"
)
GIVEN: Final = _rx(
    r"\bcash\b(?!\s*(?:back|ier|sales?|bill))|\btender(?:ed)?\b|\b(?:amount\s+)?(?:received|paid)\b|\bgegeben\b|\bbar(?:zahlung|geld)?\b|\besp[èe]ces?\b",
    r"\bcontant(?:i|e|en)?\b|\bontvangen\b|\befectivo\b|\bentregado\b|\bnumerário\b|\bdinheiro\b|\bgotówka\b",
)
PAID_BY_CARD: Final = _rx(
    r"\bvisa\b|\bmaster\s*card\b|\bmaestro\b|\bdebit\b|\bcredit\s*card\b|\bcard\b|\bgirocard\b|\bec-?(?:karte|cash)\b|\bkartenzahlung\b",
    r"\bcarte\b|\bcb\b|\bpin\b|\btarjeta\b|\bcarta\b|\bbancomat\b|\bcartão\b|\bmultibanco\b|\bkarta\b",
)
ROUNDING: Final = _rx(r"\bround(?:ing|ed)?\b(?!\s*total)|\brundung|\barrondi|\bafronding|\bredondeo|\barrotondamento")
NET: Final = _rx(
    r"\bsub\s*-?\s*total\b|\bnett?\s+(?:amount|sales?)\b|\btotal\s*\(?\s*(?:excl|exkl|excluding|ex\b)|\bnetto\w*|\btotal\s+h\.?t\b|\bh\.t\.",
    r"\bbase\b|\bimponibile\b|\bnet\b|\bzwischensumme\b|\bsous-?total\b|\bsubtotaal\b",
)
TAX: Final = _rx(
    r"\b(?:gst|sst|vat|tax|hst)\b|\b(?:mwst|ust|mehrwertsteuer|umsatzsteuer)\b|\btva\b|\bbtw\b|\biva\b|\bptu\b|\bpodatek\b"
)
