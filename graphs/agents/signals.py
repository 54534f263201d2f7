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
from collections.abc import Iterator

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
        rf"\b{_READER}s?\b[^.\n]{{0,20}}\b(?:must|shall|should|has to|have to|soll|sollte|muss|doit|debe|deve|moet)\b"
        r"[^.\n]{0,60}\b(?:approv|choos|select|answer|classif|treat|mark|return|respond|output|genehmig|antwort|"
        r"approuv|aprob|rispond|goedkeur)",
        r"\b(?:respond|answer|reply|output|return|choose|select|antworte\w*|répond\w*|responde\w*|rispondi|antwoord)\b"
        r"[^.\n]{0,40}\b(?:json|the choice|choice\b|confidence|only with|exactly with|ausschließlich|uniquement con|"
        r"solo con|nur mit)",
        r"[\"']?(?:choice|intent|verdict|decision|confidence)[\"']?\s*[:=]\s*[\"'][a-z_]{2,}[\"']",
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

HIDDEN = re.compile(
    "[\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"  # what no reader sees
)
_HIDDEN_RUN = 4
"""So many invisible characters are no accident of a mail program."""
_BLOB = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u03bf\u03b1\u03b5\u03b9",
    "aeopcyxijsoaei",
)
_LEET = str.maketrans("0134579@$", "oieastgas")


def injection_signals(asked: Asked) -> tuple[str, ...]:
    """`injection:<label>` for each passage or field that speaks to a model; sorted, each once."""
    found = {f"{INJECTION}:{label}" for label, text in _texts(asked) if speaks_to_a_model(text)}
    return tuple(sorted(found))


def speaks_to_a_model(text: str) -> bool:
    """Whether the text, as it stands or once uncovered, addresses a model."""
    if len(HIDDEN.findall(text)) >= _HIDDEN_RUN:
        return True
    return any(pattern.search(read) for read in readings(text) for pattern in PATTERNS)


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


def _texts(asked: Asked) -> Iterator[tuple[str, str]]:
    for passage in asked.passages:
        yield passage.label, passage.text
    for name, value in asked.fields.items():
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
