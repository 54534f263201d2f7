"""Companies and documents that nobody has: any number of them, fixed by a seed and a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stdnum import iban as iban_number
from stdnum.eu import vat as vat_number
from stdnum.fr import siren

from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line, Party
from tools.testing.invoices.seed import digits, number, pick

TRIES = 100_000
PAYMENT_DAYS = (10, 14, 30, 45, 60)
LINE_COUNTS = (1, 1, 2, 3, 4, 5, 7, 26)
NUMBER_PATTERNS = ("RE-{year}-{five}", "{year}{five}", "INV-{five}", "{two}/{five}", "F{year}-{five}", "A{five}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """Where companies come from. `#` in a pattern is a digit; `bban` is an IBAN without its head."""

    code: str
    language: str
    currency: str
    rates: tuple[str, ...]
    vat: str
    bban: str
    postcode: str
    names: tuple[str, ...]
    forms: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]


COUNTRIES: tuple[Country, ...] = (
    Country(
        code="DE", language="de", currency="EUR", rates=("19", "7"), vat="DE#########",
        bban="##################", postcode="#####",
        names=("Birkenhof", "Gebrüder Stahlmann", "Weserland", "Möller & Söhne", "Kranich"),
        forms=("GmbH", "AG", "GmbH & Co. KG", "e.K."),
        streets=("Lindenstraße", "Am Güterbahnhof", "Mühlenweg", "Industriestraße"),
        cities=("Bremen", "Köln", "Würzburg", "Leipzig"),
    ),
    Country(
        code="AT", language="de", currency="EUR", rates=("20", "10"), vat="ATU########",
        bban="################", postcode="####",
        names=("Donautal", "Hofer Technik", "Steirerland"), forms=("GmbH", "KG"),
        streets=("Hauptplatz", "Mariahilfer Gasse", "Bahnweg"), cities=("Linz", "Graz", "Wien"),
    ),
    Country(
        code="GB", language="en", currency="GBP", rates=("20", "5"), vat="GB#########",
        bban="MIDL##############", postcode="SW# #AA",
        names=("Thornbury", "Ashdown Supplies", "Kestrel & Vane", "Northgate"),
        forms=("Ltd", "PLC", "LLP"), streets=("High Street", "Mill Lane", "Station Road"),
        cities=("Leeds", "Bristol", "Reading"),
    ),
    Country(
        code="FR", language="fr", currency="EUR", rates=("20", "5.5"), vat="FR",
        bban="#######################", postcode="#####",
        names=("Atelier Beaumont", "Établissements Garnier", "Les Fournils du Midi"),
        forms=("SARL", "SAS", "SA"), streets=("rue de la République", "avenue des Tilleuls", "quai Sud"),
        cities=("Nantes", "Béziers", "Lille"),
    ),
    Country(
        code="NL", language="nl", currency="EUR", rates=("21", "9"), vat="NL#########B01",
        bban="RABO##########", postcode="#### AB",
        names=("De Groot Installaties", "Waterland", "Bakker en Zoon"), forms=("B.V.", "N.V.", "VOF"),
        streets=("Kerkstraat", "Havenweg", "Dorpsplein"), cities=("Zwolle", "Den Haag", "Breda"),
    ),
    Country(
        code="ES", language="es", currency="EUR", rates=("21", "10"), vat="ESB########",
        bban="004915000###########", postcode="#####",
        names=("Talleres Muñoz", "Comercial Levante", "Artes Gráficas Peña"), forms=("S.L.", "S.A."),
        streets=("Calle Mayor", "Avenida del Puerto", "Plaza España"), cities=("Valencia", "Cádiz", "León"),
    ),
    Country(
        code="IT", language="it", currency="EUR", rates=("22", "10"), vat="IT#######015#",
        bban="X######################", postcode="#####",
        names=("Officine Rinaldi", "Cartiera del Garda", "Fratelli Conti"), forms=("S.r.l.", "S.p.A."),
        streets=("Via Garibaldi", "Corso Torino", "Piazza Dante"), cities=("Verona", "Forlì", "Pisa"),
    ),
    Country(
        code="PT", language="pt", currency="EUR", rates=("23", "6"), vat="PT#########",
        bban="#####################", postcode="####-###",
        names=("Oficinas Andrade", "Cortiças do Sado", "Irmãos Magalhães"), forms=("Lda", "S.A."),
        streets=("Rua do Comércio", "Avenida da Liberdade", "Largo da Sé"), cities=("Porto", "Évora", "Faro"),
    ),
)  # fmt: skip

GOODS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "de": (
        ("Schreibtischlampe LED", "C62"), ("Montage vor Ort", "HUR"), ("Wartungsvertrag", "MON"),
        ("Druckerpapier A4, weiß, Karton zu 5 Paketen", "C62"), ("Schrauben M8 verzinkt", "KGM"),
    ),
    "en": (
        ("LED desk lamp", "C62"), ("On-site installation", "HUR"), ("Maintenance plan", "MON"),
        ("Copy paper A4, white, box of five reams", "C62"), ("Zinc-plated screws M8", "KGM"),
    ),
    "fr": (
        ("Lampe de bureau LED", "C62"), ("Pose sur site", "HUR"), ("Contrat d'entretien", "MON"),
        ("Papier A4 blanc, carton de cinq ramettes", "C62"), ("Vis M8 zinguées", "KGM"),
    ),
    "nl": (
        ("Bureaulamp led", "C62"), ("Montage op locatie", "HUR"), ("Onderhoudscontract", "MON"),
        ("Kopieerpapier A4, wit, doos met vijf pakken", "C62"), ("Schroeven M8 verzinkt", "KGM"),
    ),
    "es": (
        ("Lámpara de escritorio LED", "C62"), ("Instalación in situ", "HUR"), ("Mantenimiento", "MON"),
        ("Papel A4 blanco, caja de cinco paquetes", "C62"), ("Tornillos M8 cincados", "KGM"),
    ),
    "it": (
        ("Lampada da tavolo LED", "C62"), ("Montaggio in loco", "HUR"), ("Manutenzione", "MON"),
        ("Carta A4 bianca, scatola da cinque risme", "C62"), ("Viti M8 zincate", "KGM"),
    ),
    "pt": (
        ("Candeeiro de secretária LED", "C62"), ("Montagem no local", "HUR"), ("Manutenção", "MON"),
        ("Papel A4 branco, caixa de cinco resmas", "C62"), ("Parafusos M8 zincados", "KGM"),
    ),
}  # fmt: skip


class NoValidNumber(LookupError):
    """No number of the wanted pattern with right check digits was found."""


def fictional_document(
    seed: int, *, today: date, kind: DocumentKind = DocumentKind.INVOICE, language: str | None = None
) -> BusinessDocument:
    """A document without defects, dated within the 60 days up to `today`.

    Raises:
        KeyError: no country of `language` is known.
    """
    countries = [country for country in COUNTRIES if language in (None, country.language)]
    if not countries:
        raise KeyError(f"no country for the language {language!r}")
    country = pick(seed, "country", countries)
    issue_date = today - timedelta(days=number(seed, "age", low=0, high=60))
    days = pick(seed, "days", PAYMENT_DAYS)
    has_order = number(seed, "has_order", low=1, high=10) <= 7
    return BusinessDocument(
        kind=kind,
        number=_document_number(seed, issue_date),
        issue_date=issue_date,
        due_date=issue_date + timedelta(days=days) if kind is DocumentKind.INVOICE else None,
        payment_days=days,
        vendor=fictional_party(seed, "vendor", country),
        buyer=fictional_party(seed, "buyer", pick(seed, "buyer country", (country, *COUNTRIES))),
        currency=country.currency,
        language=country.language,
        po_number=f"PO-{digits(seed, 'po', count=6)}" if has_order else "",
        preceding_number=f"R{digits(seed, 'old', count=5)}" if kind is DocumentKind.CREDIT_NOTE else "",
        lines=_lines(seed, country),
    )


def fictional_party(seed: int, role: str, country: Country) -> Party:
    """A company with a VAT id and an IBAN whose check digits are right."""
    name = f"{pick(seed, f'{role} name', country.names)} {pick(seed, f'{role} form', country.forms)}"
    house = number(seed, f"{role} house", low=1, high=180)
    return Party(
        name=name,
        street=f"{pick(seed, f'{role} street', country.streets)} {house}",
        postcode=_filled(seed, f"{role} postcode", country.postcode),
        city=pick(seed, f"{role} city", country.cities),
        country=country.code,
        vat_id=_vat_id(seed, role, country),
        iban=_iban(seed, role, country) if role == "vendor" else "",
        email=f"office@{role}-{digits(seed, role, count=4)}.example",
    )


def _document_number(seed: int, day: date) -> str:
    pattern = pick(seed, "number pattern", NUMBER_PATTERNS)
    return pattern.format(year=day.year, two=f"{day:%y}", five=digits(seed, "number", count=5))


def _lines(seed: int, country: Country) -> tuple[Line, ...]:
    count = pick(seed, "line count", LINE_COUNTS)
    return tuple(_line(seed, index, country) for index in range(count))


def _line(seed: int, index: int, country: Country) -> Line:
    description, unit = pick(seed, f"goods {index}", GOODS[country.language])
    whole = number(seed, f"quantity {index}", low=1, high=60)
    halves = unit in ("HUR", "KGM") and number(seed, f"half {index}", low=0, high=1) == 1
    return Line(
        description=description,
        quantity=Decimal(whole) + (Decimal("0.5") if halves else 0),
        unit=unit,
        unit_price=Decimal(number(seed, f"price {index}", low=95, high=19_000)) / 100,
        tax_rate=Decimal(pick(seed, f"rate {index}", country.rates)),
        item_code=f"{description[:2].upper()}-{digits(seed, f'code {index}', count=4)}",
    )


def _iban(seed: int, role: str, country: Country) -> str:
    def valid(bban: str) -> bool:
        return bool(iban_number.is_valid(_with_check_digits(country.code, bban)))

    return _with_check_digits(country.code, _first_valid(seed, f"{role} bban", country.bban, valid))


def _with_check_digits(country: str, bban: str) -> str:
    return f"{country}{iban_number.calc_check_digits(f'{country}00{bban}')}{bban}"


def _vat_id(seed: int, role: str, country: Country) -> str:
    if country.code == "FR":  # two check digits, then a SIREN with a check digit of its own
        company = _first_valid(seed, f"{role} siren", "#########", siren.is_valid)
        return f"FR{siren.to_tva(company).replace(' ', '')}"
    return _first_valid(seed, f"{role} vat", country.vat, _valid_vat)


def _valid_vat(text: str) -> bool:
    if text.startswith("GB"):  # no longer in the EU's list: 97 minus the weighted sum, as HMRC has it
        weighted = sum((8 - index) * int(digit) for index, digit in enumerate(text[2:9]))
        return (weighted + int(text[9:])) % 97 == 0
    return bool(vat_number.is_valid(text))


def _filled(seed: int, name: str, pattern: str) -> str:
    marks = (
        str(number(seed, f"{name} {index}", low=1, high=9)) if mark == "#" else mark
        for index, mark in enumerate(pattern)
    )
    return "".join(marks)


def _first_valid(seed: int, name: str, pattern: str, valid: Callable[[str], bool]) -> str:
    """The first text of `pattern` that is `valid`: its last digits count up from a seeded start."""
    filled = _filled(seed, name, pattern)
    head, tail = pattern.index("#"), pattern.rindex("#") + 1
    start = int(filled[head:tail])
    for step in range(TRIES):
        text = f"{filled[:head]}{start + step:0{tail - head}}{filled[tail:]}"
        if valid(text):
            return text
    raise NoValidNumber(f"no valid {name} of the form {pattern} from {start} on")
