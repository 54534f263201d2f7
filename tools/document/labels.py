"""What invoices call things, in English, German, French, Dutch, Spanish, Italian, Portuguese and
Polish.

Each label has a strength from 1 (a bare word that often means something else) to 4 (says it all).
Patterns are matched without regard to case; longer names must not be swallowed by shorter ones, so each
field also says what its label must not stand in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name of a field. `strength` is 1..4."""

    pattern: re.Pattern[str]
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All names of one field, and what makes a place that shows such a name mean something else."""

    labels: tuple[Label, ...]
    not_in: re.Pattern[str] | None = None


def _rx(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), re.IGNORECASE)


def _vocabulary(levels: dict[float, tuple[str, ...]], *not_in: str) -> Vocabulary:
    labels = tuple(Label(pattern=_rx(*names), strength=strength) for strength, names in levels.items())
    return Vocabulary(labels=labels, not_in=_rx(*not_in) if not_in else None)


_NO = (
    r"(?:\s*[-–]?\s*(?:nummer|number|num(?:ero|éro|ber)?\b\.?|núm\b\.?|nr\b\.?|no\b\.?|n\s?\.?\s?[°ºo.]|id\b|numer\b|"
    r"ref(?:erence\b|\.)|#)|\s*#)"
)
_TITLE = (
    r"(?:\w*rechnung|\w*gutschrift|invoice|bill|facture|factuur|factura|fattura|parcella|credit\s*(?:note|memo)"
    r"|avoir|note\s+de\s+crédit|creditnota|creditfactuur|abono|nota\s+de\s+crédito|nota\s+di\s+credito|faktura(?:\s+vat)?|fatura|nota\s+de\s+crédito)"
)
_PRECEDING = r"(?:invoice|rechnung|factuur|fattura|facture|factura|fatura|faktur[ay])"
TITLE = re.compile(rf"(?<!\w){_TITLE}(?!\w)", re.IGNORECASE)

INVOICE_NUMBER = _vocabulary(
    {
        4: (
            rf"\b{_TITLE}s?(?:\s*\(\d{{2,3}}\))?{_NO}",
            rf"(?<!\w){_TITLE}\s[^|:#\d]{{0,30}}\(\d{{2,3}}\){_NO}",
            rf"\b(?:rechnungs|beleg|gutschrifts|faktura|factuur|creditnota|dokument(?:en)?){_NO}",
            r"\b(?:n\s?\.?\s?[°ºo.]|num[ée]ro|número|núm\.?|nr\.?|nummer)\s*(?:de\s+la\s+|de\s+l['’]|de\s+|della\s+|di\s+|van\s+)?"
            rf"(?:{_TITLE}|documento?|abono|nota)\b",
            r"\b(?:numer|nr)\s+(?:faktury|dokumentu|korekty)\b|\bfaktura(?:\s+vat)?\s+(?:nr|numer)\b\.?|\bfatura\s+n\s?\.?\s?[°ºo.]+",
            rf"\b(?:document|documento){_NO}",
        ),
        3.5: (rf"(?<!\w){_TITLE}\s[^|:#\d]{{1,30}}\s(?:nr|no|n)\s?[.º°:]+\s*(?=\w)",),
        3: (rf"(?<!\w){_TITLE}\b",),
        1.2: (r"^\s*#\s*(?=\S)", r"^\s*(?:nummer|number|numéro|número|numero|nr\.?|no\.?|n°|nº)\s*:?"),
    },
    r"\b(?:customer|kunden|client|cliente|klant|order|bestell|delivery|liefer|vat|ust|tva|iva|btw|tax|auftrag|gln|gtin)\w*[-.\s]*"
    r"(?:nr|no|number|nummer|id|n°)",
    r"\brechnungs(?:empfänger|adresse|summe|betrag|datum|währung|anschrift|rabatt)",
    r"\b(?:invoice|bill)\s+(?:to|address|date|total|amount|currency)\b",
    rf"\b(?:bezug|betrifft|reference|original|corrects?|relat(?:es?|ed|ing)|refer(?:s|ring)|against|zu|betreft|rif\.?|réf(?:érence)?\.?|referencia|"
    r"riferimento|rectifica|retifica|rectifie|korrigiert|corrige|corregge|rettifica|corrigeert|relatif|relative|relativ[ao]|referente|annule|anula|storniert)"
    rf"\s*:?\s*(?:to|the|our|unsere[rn]?|die|der|de|la|l['’]|a|à|al|alla|ao|à\s+la)?\s*(?:la\s+)?{_PRECEDING}",
    rf"\b{_PRECEDING}\s+(?:original|d['’]origine|initiale|iniziale|korygowan|rettificata|rectifi(?:ée|cada)|retificada|corrigée|"
    r"di\s+riferimento|de\s+(?:référence|refer[eê]ncia|origem|origen))|\b(?:oorspronkelijke|ursprüngliche)\s",
    r"\b(?:do|dotyczy)\s+faktury\b",
    r"\badresse\s+de\s+factur|\bfactur(?:ation|atie|é)",
)
ORDER_NUMBER = _vocabulary(
    {
        4: (
            rf"\b(?:purchase\s+order|p\.?\s?o\.?|order|bestell(?:ung)?s?|einkaufsbestellung|bestel|inkooporder){_NO}",
            rf"\b(?:bestellung|bon\s+de\s+commande|commande|orden\s+de\s+compra|pedido|bestelling|ordine(?:\s+d['’]acquisto)?){_NO}",
            r"\b(?:n\s?\.?\s?[°ºo.]|num[ée]ro|número|nr\.?|rif\.?)\s*(?:de\s+|del\s+|di\s+)?(?:bon\s+de\s+)?(?:commande|pedido|ordine)\b",
            r"\b(?:your|ihre?|votre|uw|su|vs\.?|vostro)\s+(?:purchase\s+)?(?:order|bestellung|auftrag|commande|bestelling|pedido|ordine)\b",
            r"\b(?:nota\s+de\s+encomenda|encomenda|ordem\s+de\s+compra|v/\s?encomenda)(?:\s*n\s?\.?\s?[°ºo.]+|\s+número)?",
            r"\b(?:numer|nr)\s+(?:zamówienia)\b|\bzamówieni[ea]\s+(?:nr|numer)\b\.?|\bpaństwa\s+zamówienie\b",
            r"\b(?:your\s+order|order)\s+ref(?:erence|\.)?|\bpurchase\s+order\b",
        ),
        3: (
            r"^\W*(?:bestellung|bestelling|inkooporder|orden\s+de\s+compra|bon\s+de\s+commande|commande|pedido|ordine)\b",
            r"\bp\.?o\.?\s*:",
            r"\bcustomer\s+order\b",
        ),
        2: (
            r"\bvotre\s+r[ée]f[ée]rence|\byour\s+ref(?:erence|\.)?|\buw\s+(?:referentie|kenmerk)|\bihr[e]?\s+(?:zeichen|referenz)",
            r"\bsu\s+referencia|\bvostro\s+riferimento|\bbuyer(?:'s)?\s+reference",
        ),
    },
    r"\b(?:order|bestell)\s*-?\s*(?:datum|date)|\bfrom\s+order",
)
ISSUE_DATE = _vocabulary(
    {
        4: (
            r"\bdata\s+(?:d[aeo]\s+)?(?:emissão|fatura|documento)\b|\bdata\s+wystawienia\b|\bdata\s+faktury\b",
            rf"\b{_TITLE}s?\s*-?\s*(?:date|datum)\b",
            r"\b(?:rechnungs|beleg|ausstellungs|gutschrifts|factuur|creditnota)\s*-?\s*datum",
            r"\bdate\s*(?:de\s+(?:la\s+)?facture|d['’]émission|d['’]avoir|of\s+(?:issue|invoice))|\bdate\s+facture",
            r"\bissue\s+date|\bissued?\s+(?:on|at|date)|\btax\s+date|\bfecha\s*(?:de\s+)?(?:la\s+)?(?:factura|emisión|expedición)",
            r"\bdata\s*(?:della\s+|di\s+)?(?:fattura|emissione|documento)",
        ),
        3.5: (rf"(?<!\w){_TITLE}\b[^|]{{0,60}}?\s(?:vom|von|du|van|del|of|dated|from|émise?\s+le|d\.d\.)\b",),
        2.5: (r"^\s*(?:date|datum|fecha|data)\s*:?", r"\b(?:dated|le|den)\s*:?\s*(?=\d)"),
        1: (r"\b(?:date|datum|fecha|data)\b",),
    },
    r"\b(?:order|bestell\w*|auftrag\w*|delivery|liefer\w*|leistung\w*|service|ship\w*|versand\w*|due|fällig\w*|livraison|"
    r"commande|échéance|limite|lever\w*|verval\w*|besteld\w*|entrega|pedido|vencimiento|consegna|ordine|scadenza|vencimento|encomenda|termin|dostaw\w*|"
    r"print\w*|druck\w*|birth|start|end|value|valuta|buchung\w*|zahlung\w*|payment|règlement|paiement|période|period)"
    r"\s*(?:-?\s*und\s+leistungs)?\s*-?\s*(?:date|datum|dat\w*)?\b[^|]{0,12}$",
    r"(?:date|datum|fecha|data)\s*(?:de\s+|d['’]\s*|del?\s+|di\s+|der\s+|van\s+|of\s+)?(?:la\s+)?"
    r"(?:livraison|commande|échéance|limite|entrega|pedido|vencimiento|consegna|ordine|scadenza|lever|delivery|supply|birth|"
    r"order|paiement|règlement|pago|pagamento|prestation|venci|encomenda|dostawy|sprzedaży|płatności|zamówienia)",
    r"\bzeit\b|\buhrzeit\b|\bliefer|\bbestell|\blevering",
)
DUE_DATE = _vocabulary(
    {
        4: (
            r"\bdata\s+de\s+vencimento|\bvencimento\b|\bpagar\s+até|\btermin\s+(?:płatności|zapłaty)|\bpłatne\s+do\b|\bzapłaty\s+do\b",
            r"\b(?:payment\s+)?due\s*(?:date|on|by)|\bdate\s+due|\bpay(?:able|ment)?\s+(?:due\s+)?(?:by|until|before)|\bremit\s+until",
            r"\bfällig(?:keit)?(?:sdatum|stag)?(?:\s+(?:am|bis|zum))?|\bzahlbar\s+(?:bis|am)(?:\s+zum)?|\bzahlungsziel|\bzahlbar\b[^|]{0,40}\bbis",
            r"\büberweisen\b[^|]{0,40}\bbis(?:\s+zum)?|\bspätestens\s+(?:bis|am)",
            r"\b(?:date\s+d['’])?échéance(?:\s+le)?|\bdate\s+limite(?:\s+de\s+paiement)?|\bà\s+(?:payer|régler)\s+(?:avant|le)",
            r"\bverval(?:datum|dag)|\buiterste\s+betaaldatum|\b(?:te\s+betalen|betaling|betalen|voldoen)\b[^|]{0,30}\b(?:voor|vóór|uiterlijk)",
            r"\b(?:fecha\s+(?:de\s+)?)?vencimiento|\bpagar\s+antes\s+del?|\b(?:data\s+(?:di\s+)?)?scadenza|\bentro\s+il",
        ),
        2: (r"\bdue\b", r"\bbis\s+(?:zum|spätestens)"),
    },
    r"\bskonto\b[^|]{0,20}$|\bdiscount\b",
)
TOTAL = _vocabulary(
    {
        4: (
            r"\btotal\s+(?:d[ao]\s+)?(?:fatura|documento|com\s+iva)|\bvalor\s+total|\btotal\s+da\s+encomenda|\brazem(?:\s+brutto)?\b|\bwartość\s+brutto|\bsuma\s+brutto|\bogółem\b|\bkwota\s+brutto",
            r"\bgrand\s*total|\btotal\s*t\.?t\.?c|\bmontant\s*t\.?t\.?c|\b(?:invoice|credit|order)\s+total|\btotal\s+(?:of\s+)?invoice",
            r"\btotal\s*(?:amount\s*)?\(?(?:incl|including|inkl|inc\b|with|con\s+iva|gross)|\bgross\s+(?:total|amount)|\btotal\s+gross",
            r"\bbrutto(?:summe|betrag)|\bsumme\s+brutto|\bgesamt(?:betrag|summe)?\s*\(?brutto|\brechnungs(?:end)?betrag|\bend(?:betrag|summe)",
            r"\bgesamt(?:betrag|summe|preis)\b|\brechnungssumme\b|\bgesamt\s+inkl|\btotaal\s*(?:bedrag\s*)?\(?incl|\bfactuurbedrag|\bfactuurtotaal",
            r"\btotal\s+(?:de\s+la\s+)?factura|\bimporte\s+total|\btotal\s+(?:con|iva\s+incl)|\btotale\s+(?:fattura|documento|ivato|lordo|complessivo|iva\s+incl|incl)",
            r"\border\s*totaa?l|\btotal\s+(?:del?|de\s+la)\s+(?:pedido|commande)|\bbestell(?:summe|wert)|\bauftragssumme|\btotale\s+ordine",
            r"\bimporto\s+totale|\btotal\s+général|\bgutschriftsbetrag|\btotale\s+nota",
        ),
        3: (r"\btotal\s+amount|\btotaalbedrag|\bmontant\s+total|\btotal\s*(?:\(?(?:eur|usd|gbp|chf|[€$£])\)?)",),
        2: (r"^\s*(?:total|gesamt|summe|totaal|totale|brutto|razem|suma)\s*:?\s*(?!\w)",),
    },
    r"sub-?\s*total|sous-?\s*total|zwischensumme|subtotaal|subtotale",
    r"\btotal\w*\s*(?:qty|quantity|items?|tax\w*|vat|gst|disc\w*|sav\w*|excl\w*|ht\b|h\.t|hors|tva|ust|mwst|btw|iva\b(?!\s+incl)|net\b|netto|sans|due)",
    r"\b(?:netto|ohne|exkl|excl|escl|vat\s+total|tax\s+total|ust|mwst|tva|btw)\b\.?\s*(?:gesamt|total|summe)?",
    r"gesamt\w*\s+der|\bgesamt\s*netto|\bimponibile|\btotale\s+(?:iva|imposta|netto|imponibile)|\btotaal\s+(?:excl|btw|netto)",
)
AMOUNT_DUE = _vocabulary(
    {
        4: (
            r"\b(?:valor|total|montante)\s+a\s+pagar|\bvalor\s+em\s+dívida|\b(?:pozostało\s+)?do\s+zapłaty|\bnależność\b",
            r"\b(?:amount|balance|total)\s+(?:now\s+)?due|\bdue\s+payable|\bpayable\s+amount|\b(?:amount|total)\s+payable|\bpay\s+this\s+amount|\b(?:amount|total)\s+to\s+pay",
            r"\bzahlbetrag|\bzu\s+(?:be)?zahlen(?:der\s+betrag)?\b|\bzahlungsbetrag|\boffener\s+betrag|\brestbetrag|\bauszahlungsbetrag|\büberweisungsbetrag",
            r"\bsolde(?:\s+(?:à\s+payer|dû))?\b|\bnet\s+à\s+payer|\bmontant\s+(?:dû|à\s+payer)|\breste\s+à\s+payer|\btotal\s+à\s+payer",
            r"\bte\s+(?:betalen|voldoen)\b|\bopenstaand|\btotal\s+a\s+pagar|\bimporte\s+a\s+pagar|\btotale\s+(?:da\s+pagare|dovuto)",
            r"\bnetto\s+a\s+pagare|\bimporto\s+dovuto|\bda\s+pagare",
        ),
    },
    r"\bdue\s+date|\bvor\s+dem\b|\bbis\s+zum\b",
)
NET_TOTAL = _vocabulary(
    {
        4: (
            r"\btotal\s+(?:sem\s+iva|ilíquido|líquido)|\bbase\s+tributável|\bvalor\s+líquido|\bincidência\b|\brazem\s+netto|\bwartość\s+netto|\bsuma\s+netto|\bkwota\s+netto",
            r"\bnet(?:to)?\s*[-]?\s*(?:total|amount|betrag|summe|bedrag|totaal)|\btotal\s+net(?:to)?\b|\bsumme\s+netto|\bgesamt\s*(?:betrag\s*)?netto",
            r"\btotal\s*(?:amount\s*)?\(?(?:excl|excluding|ex\.?|before|without|sin\s+iva|w/o)|\bnetto\b(?!preis)|\btaxable\s+(?:amount|total)",
            r"\b(?:rechnungs)?summe\s+(?:ohne|exkl)|\btotal\s+h\.?\s?t\b|\bmontant\s+(?:total\s+)?h\.?\s?t\b|\btotal\s+hors",
            r"\btotaal\s*(?:bedrag\s*)?\(?excl|\bbase\s+imponible|\b(?:totale\s+)?imponibile|\btotale\s+(?:netto|escl)",
        ),
        3: (
            r"\bsub-?\s*total\b|\bsous-?\s*total|\bsubtotaal|\bsubtotale?\b",
            r"\bzwischensumme|\bwarenwert|\bpositionssumme|\b(?:tax|steuer)\s*basis",
        ),
    },
    r"\bnetto\s*(?:a\s+pagare|preis)|\btage|\bdays|\bjours|\btagen|\bnet\s+à",
)
TAX_TOTAL = _vocabulary(
    {
        4: (
            r"\b(?:total|valor|montante)\s+(?:d[eo]\s+)?iva|\bimposto\b|\b(?:kwota|wartość|suma|razem)\s+(?:podatku|vat)|\bpodatek\b",
            r"\b(?:vat|tax|gst)\s+total|\btotal\s+(?:vat|tax(?:es)?|gst|tva|iva|de\s+(?:la\s+)?tva)|\b(?:sales\s+)?tax\s+amount|\bvat\s+amount",
            r"\bsteuerbetrag|\b(?:ust|mwst|umsatzsteuer|mehrwertsteuer)\.?\s*-?(?:gesamt|betrag|summe)|\b(?:gesamt|summe)\s+(?:ust|mwst|umsatzsteuer|steuer)",
            r"\bmontant\s+(?:de\s+la\s+)?tva|\btotaal\s+btw|\bbtw\s*-?\s*(?:bedrag|totaal)|\bcuota\s+(?:de\s+)?iva|\btotale\s+(?:iva|imposta)|\bimposta\b",
        ),
        3: (r"\b(?:vat|tva|mwst|ust|btw|iva|gst|hst|umsatzsteuer|mehrwertsteuer|sales\s+tax|steuer)\b\.?",),
        2: (r"\btax\b|\btaxes\b",),
    },
    r"\b(?:vat|ust|mwst|tva|btw|iva|tax|steuer|umsatzsteuer)[-.\s]*(?:id|no\b|nr|nummer|number|reg|identif|n°|client|intracom)",
    r"\bsteuernummer|\bnet\b|\bnetto\b|\bhors\b|\bexcl\w*|\bincl\w*|\binkl\w*|\bohne\b|\bzuzüglich\b|\bplus\b|\bttc\b|\bbasis\b|\bbase\b",
)
IBAN = _vocabulary({4: (r"\biban\b",)})
VAT_ID = _vocabulary(
    {
        4: (
            r"\bn\.?\s?i\.?\s?f\.?\s*:?|\bcontribuinte(?:\s+n\s?\.?\s?[°ºo.]+)?|\bnip\b",
            r"\b(?:vat|tva|btw|ust|mwst|umsatzsteuer|iva|gst)[-.\s]*(?:id\b|identification|ident|reg(?:istration)?|no\b|nr\b|nummer|number|n\s?\.?\s?[°ºo.]|nº|intracom)[\w\s.-]{0,24}?[:.]?\s*",
            r"\b(?:n\s?\.?\s?[°ºo.]|num[ée]ro|nr\.?)\s*(?:de\s+)?(?:tva|btw|iva)(?:\s+intracommunautaire)?|\bust-?id\w*|\bpartita\s+iva|\bp\.?\s*iva\b|\b(?:n\.?i\.?f|c\.?i\.?f)\b\.?|\bbtw-?\w*nummer",
        ),
        2: (r"\btva\b|\bvat\b|\bbtw\b|\bust\b|\btin\b",),
    },
)
CURRENCY = _vocabulary(
    {4: (r"\b(?:rechnungs)?währung|\bcurrency|\bdevise|\bmonnaie|\bvaluta\b|\bmoneda|\bdivisa|\bmoeda|\bwaluta",)}
)

SELLER = re.compile(
    r"^\s*(?:verkäufer|lieferant|rechnungssteller|auftragnehmer|seller|vendor|supplier|sold\s+by|from|issued\s+by|bill\s+from|"
    r"vendeur|fournisseur|émetteur|leverancier|verkoper|afzender|van|proveedor|vendedor|emisor|fornitore|cedente|venditore|mittente|fornecedor|emitente|sprzedawca|dostawca|"
    r"von|de|da)\s*(?:/\s*\w+)?\s*:|"
    r"^\s*(?:verkäufer|lieferant|rechnungssteller|seller|vendor|supplier|sold\s+by|from|vendeur|fournisseur|émetteur|leverancier|"
    r"verkoper|proveedor|vendedor|emisor|fornitore|cedente(?:\s*/?\s*prestatore)?|venditore|fornecedor|emitente|sprzedawca|dostawca|wystawca)\s*$",
    re.IGNORECASE,
)
BUYER = re.compile(
    r"^\s*(?:(?:käufer|kunde|rechnungsempfänger|rechnungsadresse|rechnungsanschrift|auftraggeber|rechnung\s+an|"
    r"bill(?:ed|ing)?\s+(?:to|address)|invoice\s+(?:to|address)|invoiced\s+to|sold\s+to|buyer|customer|client|to|"
    r"factur(?:é|e|er)\s+à|facturation|adresse\s+de\s+facturation|acheteur|destinataire|klant|koper|factuuradres|gefactureerd\s+aan|factuur\s+aan|aan|"
    r"cliente|facturar\s+a|comprador|destinatario|cessionario|acquirente|spett\.?(?:le)?|fatturare\s+a|faturar\s+a|adquirente|exmo\.?\(?s?\)?\s+sr\.?\(?s?\)?|nabywca|odbiorca|kupujący|an|für|pour|à)"
    r"(?:\s*/\s*\w+)?)\s*(?::|$)",
    re.IGNORECASE,
)
OTHER_PARTY = re.compile(
    r"\b(?:ship\w*\s+(?:to|address)|deliver\w*\s+(?:to|address)|lieferadresse|lieferanschrift|warenempfänger|adresse\s+de\s+livraison|"
    r"livr(?:é|er)\s+à|(?:af)?leveradres|bezorgadres|dirección\s+de\s+(?:entrega|envío)|indirizzo\s+di\s+(?:consegna|spedizione)|morada\s+de\s+entrega|local\s+de\s+entrega|adres\s+dostawy|"
    r"zahlungsempfänger|payee|remit\s+to|abweichender)\b",
    re.IGNORECASE,
)
BUYER_HINT = re.compile(
    r"\b(?:kunden?|customer|client|cliente|klant|buyer|käufer|your|ihre?|votre|uw)\b", re.IGNORECASE
)
PREPAID = re.compile(
    r"\b(?:anzahlung\w*|bereits\s+gezahlt|paid|prepaid|deposit|acompte\w*|déjà\s+(?:payé|réglé)|règlement|aanbetaling|vooruitbetaald|"
    r"anticipo|pagado|acconto|pagato|adiantamento|já\s+pago|zaliczka|zapłacono|offene\s+zahlungen)\b",
    re.IGNORECASE,
)
DOC_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "corrected_invoice",
        _rx(
            r"\brechnungskorrektur|\bkorrekturrechnung|\bcorrect(?:ed|ive)\s+invoice|\bfacture\s+rectificative",
            r"\bfactura\s+rectificativa",
        ),
    ),
    (
        "credit_note",
        _rx(
            r"\bcredit\s*(?:note|memo|invoice)\b|\b\w*gutschrift\b|\bstornorechnung|\bavoir\b|\bfacture\s+d['’]avoir|\bnote\s+de\s+crédit",
            r"\bfaktura\s+korygująca|\bkorekta\s+faktury|\bnota\s+kredytowa",
            r"\bcreditnota|\bcreditfactuur|\bnota\s+de\s+(?:crédito|abono)|\bnota\s+di\s+credito|\babono\b",
        ),
    ),
    (
        "invoice",
        _rx(
            r"\b\w*rechnung\b|\binvoices?\b|\bfacture\b|\bfactuur\b|\bfactura\b|\bfattura\b|\bfaktura\b|\bfatura\b|\bparcella\b|r\s?e\s?c\s?h\s?n\s?u\s?n\s?g"
        ),
    ),
    (
        "purchase_order",
        _rx(
            r"\bpurchase\s+order\b|\bbestell(?:ung|auftrag)\b|\bbon\s+de\s+commande\b|\bcommande\b|\binkooporder\b|\bbestelling\b",
            r"^\s*(?:order|ordine|bestelling|commande)\s*$|\borden\s+de\s+compra\b|\bpedido\b|\bordine\s+(?:d['’]|di\s+)acquisto\b|\bnota\s+de\s+encomenda\b|\bordem\s+de\s+compra\b|\bzamówienie\b",
        ),
    ),
)
CURRENCY_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("EUR", _rx(r"€|\beur\b|\beuros?\b")),
    ("GBP", _rx(r"£|\bgbp\b")),
    ("USD", _rx(r"(?<![a-z])\$|\bus\$|\busd\b")),
    ("CHF", _rx(r"\bchf\b|\bsfr\b")),
    ("INR", _rx(r"₹|\binr\b|\brs\.?(?=\s*-?\d)|\brupees?\b")),
    ("PLN", _rx(r"\bpln\b|\bzł")),
    ("DKK", _rx(r"\bdkk\b")),
    ("SEK", _rx(r"\bsek\b")),
    ("NOK", _rx(r"\bnok\b")),
    ("CZK", _rx(r"\bczk\b|\bkč")),
    ("CAD", _rx(r"\bcad\b|\bc\$")),
    ("AUD", _rx(r"\baud\b|\ba\$")),
    ("JPY", _rx(r"¥|\bjpy\b")),
    ("MYR", _rx(r"\bmyr\b|\brm(?=\s*\d)")),
)


def names_an_amount(text: str) -> bool:
    """Whether `text` is called net, tax, total or due: the amount beside or under it is its own."""
    return any(label.pattern.match(text.strip()) for words in _AMOUNTS for label in words.labels if label.strength >= 3)


def is_label(text: str) -> bool:
    """Whether `text` is nothing but the name of a field."""
    bare = text.strip(" :.")
    named = (*_AMOUNTS, ISSUE_DATE, DUE_DATE, INVOICE_NUMBER, ORDER_NUMBER, VAT_ID, CURRENCY)
    ends = [
        match.end()
        for words in named
        for label in words.labels
        if label.strength >= 2 and (match := label.pattern.match(bare)) is not None
    ]
    return bool(ends) and max(ends) >= len(bare) - 1


_AMOUNTS = (NET_TOTAL, TAX_TOTAL, TOTAL, AMOUNT_DUE)
