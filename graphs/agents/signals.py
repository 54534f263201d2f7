"""Signs that a text speaks to a model rather than to a person. They only ever lower confidence or stop automation.

They are a tripwire, not the guard: what keeps an injected text from doing harm is that an agent cannot act, and that
its answer is judged. Each pattern is about how such texts address a model, in English, German, French, Spanish,
Italian and Dutch; ordinary business text ("ignore the previous reminder") must pass.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from graphs.agents.decision_class import Asked

INJECTION = "injection"

_NOUN = (
    r"(?:instruction|prompt|system message|guideline|directive|anweisung|vorgabe|systemnachricht|consigne|instruccion|"
    r"istruzion|instructie)\w*"
)
_DROP = (
    r"(?:ignore|disregard|forget|override|bypass|do not follow|stop following|ignorier\w*|vergiss|missachte\w*|ignorez|"
    r"oubliez|ignora\w*|olvida\w*|dimentica\w*|negeer|vergeet)"
)
_MODEL = (
    r"(?:ai|a\.i\.|llm|chatbot|bot|language model|gpt|assistant|ki|k\.i\.|sprachmodell|modèle de langage|ia|"
    r"modelo de lenguaje|taalmodel)"
)
_READER = rf"(?:{_MODEL}|ai agent|(?:automated|automatic) (?:agent|system|reader|reviewer|approver|classifier))"

PATTERNS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"\b{_DROP}\b[^.\n]{{0,60}}\b(?:previous|prior|above|earlier|preceding|all|any|your|these|other|system|"
        rf"vorherige\w*|bisherige\w*|obige\w*|alle\w*|précédent\w*|anterior\w*|precedent\w*|vorige|toutes|todas)\b"
        rf"[^.\n]{{0,40}}\b{_NOUN}",
        rf"\b{_DROP}\b[^.\n]{{0,25}}\b(?:instructions?|prompts?|anweisungen|consignes|instrucciones|istruzioni)\b"
        r"[^.\n]{0,30}\b(?:précédent\w*|anterior\w*|precedent\w*|above|before|given|supra)",
        r"<\|?(?:im_start|im_end|system|assistant|user|endoftext)\|?>|\[/?INST\]|<</?SYS>>",
        r"^\W{0,4}(?:system|assistant|developer)\b\W{0,3}(?:message|prompt|note|override|instruction)?\W{0,3}:",
        rf"\byou are (?:now )?(?:an? |the )?(?:\w+ ){{0,3}}{_READER}\b",
        rf"\b(?:du bist|sie sind|tu es|vous êtes|eres|sei|je bent) (?:jetzt |nun |maintenant |ahora |ora |nu )?"
        rf"(?:\w+ ){{0,3}}{_MODEL}\b",
        rf"\b(?:note|attention|message|instructions?|hinweis|achtung|nota|dear|hey|hello|to|for|an|für|pour) "
        rf"(?:to |for |an |für |à |al |alla )?(?:the |any |all |die |das |l')?{_READER}s?\b\s*(?:reading|processing|"
        r"reviewing|that|who|which|:|,|die|der|qui|\))",
        rf"\b(?:if|when|wenn|falls|si|se) (?:you are|you're|du|sie|vous êtes|eres|sei) (?:\w+ ){{0,3}}{_READER}\b",
        rf"\bas an? {_READER}\b[^.\n]{{0,40}}\b(?:you|must|should|have to|are)\b",
        r"\[\s*(?:system|assistant|developer|admin)(?: \w+)?\s*\]|>\s*(?:assistant|system)\s*:",
        r"\b(?:note|message|attention|hinweis|an) (?:to|for|das|den|die)(?: the)? (?:reader|reviewer|classifier|"
        r"prüfsystem|"
        r"prüfer|system|sorter)\b",
        r"\b(?:automated|automatic|automatische\w*) (?:sorting|processing|review|check|prüfung|verarbeitung)\s*:",
        r"^\W{0,4}(?:rule|regel|règle|policy) [\w-]{1,8}\s*:|\b(?:according to|gemäß|laut|selon) (?:your |ihrer |"
        r"votre )?"
        r"(?:rule|regel|règle|policy) [\w-]{2,8}\b",
        r"\b(?:check|control|rule|prüfung|regel|contrôle)s? (?:is |are |has been |ist |wurde )?(?:disabled|"
        r"suspended|waived|"
        r"deaktiviert|ausgesetzt|désactivé)\b",
        r"\b(?:consigne|instruction|anweisung)s?\s*:\s*(?:ne |n'|considérez|rapprochez|répondez|answer|classify|use|"
        r"behandle|antworte)",
        r"\bno need to (?:check|verify|call|review)\b|\bneeds? no (?:check|call|verification|review)\b|"
        r"\b(?:prüfung|rückruf|formular)\b[^.\n]{0,30}\b(?:nicht (?:mehr )?nötig|brauchen sie (?:daher |"
        r"also )?nicht|entfällt)",
        r"\b(?:call-?back|rückruf|contre-?appel)\b[^.\n]{0,20}\b(?:completed|successful\w*|erledigt|erfolgt|"
        r"effectué)\b",
        r"\b(?:as (?:the )?(?:ceo|cfo|managing director)|this is the (?:ceo|cfo|managing director)|"
        r"als geschäftsführer\w*|"
        r"en tant que (?:directeur|pdg))\b",
        r"\b(?:hat|has|have|a|ont)\b[^.\n]{0,40}\b(?:approved|agreed|authori[sz]ed|genehmigt|freigegeben|approuvé|"
        r"validé)"
        r"[^.\n]{0,25}\b(?:that (?:you|this)|bitte nur|daher nicht|match|treat|de traiter)\b",
        r"\b(?:approved|agreed|genehmigt|freigegeben|validé)\s*:\s*\w+",
        r"\b(?:hat bestätigt|has confirmed|a confirmé),? (?:dass|that|que)\b[^.\n]{0,60}\b(?:andere|other|different|"
        r"separate|autre)\b",
        r"\b(?:assign|match|map|rapprochez|ordne\w*)\b[^.\n]{0,25}\b(?:order line|line|ligne|zeile) ?\d",
        r"^\s*order line \d+\s*:",
        r"\buse account \d{3,8}\b|\bcode (?:this|it|everything) to \d{3,8}\b|\bexpensed to \d{3,8}\b",
        r"\bis to be (?:judged|treated|regarded|accepted) as\b|\bare to be (?:accepted|treated|regarded) as\b|"
        r"\bconsidérez (?:cette|ce|la|le)\b|\bdoit être considérée? comme\b",
        r"\bso that nobody else\b|\bdamit (?:es )?niemand\b|\bdo not mention\b|\bne mentionnez pas\b",
        rf"\b{_READER}s?\b[^.\n]{{0,20}}\b(?:must|shall|should|has to|have to|soll|sollte|muss|doit|debe|deve|moet)\b"
        r"[^.\n]{0,60}\b(?:approv|choos|select|answer|classif|treat|mark|return|respond|output|genehmig|antwort|"
        r"approuv|aprob|rispond|goedkeur)",
        r"\b(?:respond|answer|reply|output|return|choose|select|antworte\w*|répond\w*|responde\w*|rispondi|antwoord)\b"
        r"[^.\n]{0,40}\b(?:json|the choice|choice\b|confidence|only with|exactly with|ausschließlich|uniquement con|"
        r"solo con|nur mit)",
        r"[\"']?(?:choice|intent|verdict|decision|confidence)[\"']?\s*[:=]\s*[\"'][\w:]",
        r"[\"']?confidence[\"']?\s*[:=]\s*(?:1\.0|0?\.9\d*|100)\b",
        r"\b(?:new|updated|revised|real|actual|neue|nouvelle|nueva)s? (?:system )?(?:instructions?|prompt|anweisung\w*|"
        r"consignes?|instrucciones)\s*[:\-]",
        r"\b(?:reveal|print|repeat|show|leak|zeige|affiche)\b[^.\n]{0,30}\b(?:system prompt|your instructions|"
        r"your prompt|deine anweisungen)",
        r"(?:end|begin|start) of (?:the )?(?:untrusted|data|document|passage|context|user input)\b",
        r"\b(?:call|invoke|use|execute|run) (?:the )?(?:tool|function)\b|\btool_call|function_call\b|"
        r"\b(?:erp|model|document|mail)\.[a-z_]+(?:\.[a-z_]+)*\s*\(",
        r"<!--[^>]*\b(?:approv|choos|ignore|answer|select|agent|model|ai)\b",
        r"\b(?:rule|policy|threshold)s? (?:engine|check|layer)?s? (?:is|are|has been|have been|were|was)\s+"
        r"(?:disabled|suspended|lifted|waived|switched off|turned off|overridden)\b",
    )
)

_IMPERATIVE = (
    r"(?:answer|respond|reply|choose|select|classify|report|judge|mark|route|treat|label|rate|set|return|output|"
    r"bewerte\w*|"
    r"antworte\w*|wähle\w*|behandle\w*|markiere\w*|répondez|choisissez|classez|traitez|considérez|responda|elija)"
)
OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of text round: in a business text without Hebrew or Arabic it hides something."""
HIDDEN = re.compile(
    "[\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"  # what no reader sees
)
_HIDDEN_RUN = 4
"""So many invisible characters are no accident of a mail program."""
_BLOB = re.compile(r"\b[A-Za-z0-9+/]{24,}={0,2}")
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u03bf\u03b1\u03b5\u03b9",
    "aeopcyxijsoaei",
)
_LEET = str.maketrans("0134579@$", "oieastgas")


def injection_signals(asked: Asked, choices: Iterable[str] = ()) -> tuple[str, ...]:
    """`injection:<label>` for each passage or field that speaks to a model, or names one of its choices to make it.

    Sorted, each once.
    """
    steering = steering_to(choices)
    passages = ((passage.label, passage.text) for passage in asked.passages)
    found = {f"{INJECTION}:{label}" for label, text in passages if speaks_to_a_model(text, *steering)}
    # Fields are the process's own: they may well name what can be chosen.
    found |= {f"{INJECTION}:{name}" for name, text in _texts(asked.fields) if speaks_to_a_model(text)}
    return tuple(sorted(found))


def speaks_to_a_model(text: str, *more: re.Pattern[str]) -> bool:
    """Whether the text, as it stands or once uncovered, addresses a model."""
    if len(HIDDEN.findall(text)) >= _HIDDEN_RUN or OVERRIDE.search(text):
        return True
    return any(pattern.search(read) for read in readings(text) for pattern in (*PATTERNS, *more))


def steering_to(choices: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Patterns of texts that want one of these choices: by its name in the schema, or in an imperative."""
    named = sorted({choice for choice in choices if re.fullmatch(r"[a-z]\w{2,}", choice)}, key=len, reverse=True)
    if not named:
        return ()
    spelled = [re.escape(choice) for choice in named if "_" in choice]
    wanted = "|".join(re.escape(choice) for choice in named)
    imperative = rf"\b{_IMPERATIVE}\b[^.\n]{{0,40}}\b(?:{wanted})\b"
    patterns = [imperative, *([rf"\b(?:{'|'.join(spelled)})\b"] if spelled else [])]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def readings(text: str) -> Iterator[str]:
    """The text as it may be meant: plain, without look-alikes, without gaps between letters, decoded."""
    plain = HIDDEN.sub("", unicodedata.normalize("NFKC", text)).translate(_LOOK_ALIKES)
    yield plain
    yield re.sub(r"\b(\w) (?=\w\b)", r"\1", plain)
    leet = re.sub(r"\b(?=\w*[a-z])(?=\w*[0134579@$])[\w@$]+", lambda word: word.group().translate(_LEET), plain)
    if leet != plain:
        yield leet
    for blob in _BLOB.findall(plain):
        with_padding = blob.rstrip("=") + "=" * (-len(blob.rstrip("=")) % 4)
        try:
            decoded = base64.b64decode(with_padding, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        yield unicodedata.normalize("NFKC", decoded)


def _texts(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        yield from ((name, text) for text in _strings(value))


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | tuple():
            for item in value:
                yield from _strings(item)
        case dict():
            for item in value.values():
                yield from _strings(item)
        case _:
            return
