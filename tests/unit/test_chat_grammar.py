"""The chat's grammar: commands that read back, and questions in two languages that mean what they say."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.chat.command import CommandRefused, choices, read_command, rendered
from graphs.chat.intent import ADAPTER, INTENTS, OVER, Intent, Part, Query
from graphs.chat.phrasing import read_question
from graphs.chat.span import MOST_MINUTES, SpanInvalid, read_span, span_text
from graphs.chat.telling import told
from graphs.chat.vocabulary import Person, Vocabulary, vocabulary_of
from graphs.chat.wording import SENTENCES
from graphs.processes.released import process_definitions
from policies.packaged import rule_book

CASE = "6a1d9c3e-52f0-4a7e-9f6b-0c7f5a1e2b3d"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    definitions = process_definitions()
    packs = {definition.pack for definition in definitions}
    known = vocabulary_of(definitions, {pack: rule_book(pack) for pack in packs})
    people = [
        Person(id="t-clara", login="clara", name="Clara Clerk"),
        Person(id="t-mara", login="mara", name="Mara Manager"),
        Person(id="t-dario", login="dario", name="Dario Director"),
    ]
    return known.with_people(people, {"ap_clerk": "Accounts payable clerk", "approver": "Approver"})


NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=20).filter(lambda text: text[0].isalpha())
WORDS = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=":/"), min_size=1, max_size=20).filter(
    lambda text: not text.isspace() and len(text.split()) == 1
)


def values_of(model: type[Intent], part: Part) -> st.SearchStrategy[object]:
    words = choices(model, part)
    if words:
        return st.sampled_from(words)
    match part.form:
        case "flag":
            return st.booleans()
        case "span":
            return st.integers(1, MOST_MINUTES)
        case "number":
            return st.integers(1, 31)
        case _ if part.field == "group":
            return st.text("0123456789abcdef", min_size=16, max_size=16)
        case _ if part.field in ("process", "about", "role"):
            return NAMES
        case _:
            return WORDS


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    model = INTENTS[draw(st.sampled_from(sorted(INTENTS)))]
    values: dict[str, object] = {"kind": model.model_fields["kind"].default}
    for part in model.parts:
        if model.model_fields[part.field].is_required() or draw(st.booleans()):
            values[part.field] = draw(values_of(model, part))
    if values.get("status") in OVER:
        values = {name: value for name, value in values.items() if name in ("kind", "status", "process", "titled")}
    return ADAPTER.validate_python(values)


@given(intents())
def test_every_query_and_action_reads_back_from_its_command(intent: Intent) -> None:
    assert read_command(rendered(intent)) == intent


@given(st.integers(1, MOST_MINUTES))
def test_every_length_of_time_reads_back(minutes: int) -> None:
    assert read_span(span_text(minutes)) == minutes


@pytest.mark.parametrize("text", ["", "2", "d", "0d", "-1d", "2 d", "1.5h", "2y", "٣d", "99999999w"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(SpanInvalid):
        read_span(text)


@given(st.text(max_size=60))
def test_any_text_behind_a_slash_is_a_command_or_is_refused(text: str) -> None:
    try:
        intent = read_command(f"/{text}")
    except CommandRefused:
        return
    assert read_command(rendered(intent)) == intent


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("/nothing", "unknown"),
        ("/", "unknown"),
        ("/why", "missing"),
        ("/reassign x", "missing"),
        ("/cases waiting:soon", "span"),
        ("/throughput days:many", "number"),
        ("/throughput days:32", "invalid"),
        ("/cases wait:2d", "part"),
        ("/cases waiting:2d waiting:3d", "twice"),
        ("/cases done overdue", "invalid"),
        ("/cases process:DROP;TABLE", "invalid"),
        ("/retry-group 0123", "invalid"),
        ("/late now", "part"),
    ],
)
def test_a_command_that_is_wrong_says_which_part(command: str, code: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        read_command(command)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("question", "command"),
    [
        (
            "Which invoices wait for a receipt more than two days, and who has them?",
            "/cases process:procure_to_pay about:insufficient_goods_receipt waiting:2d",
        ),
        (
            "Welche Rechnungen warten seit mehr als zwei Tagen auf den Wareneingang, und wer hat sie?",
            "/cases process:procure_to_pay about:insufficient_goods_receipt waiting:2d",
        ),
        ("show me cases stuck in approval over 2 days", "/cases about:approval waiting:2d"),
        ("Welche Fälle hängen länger als 3 Stunden in der Freigabe?", "/cases about:approve_invoice waiting:3h"),
        ("what is overdue?", "/cases overdue"),
        ("what does Clara have?", "/tasks person:clara"),
        ("Was hat Mara Manager überfällig?", "/tasks person:mara overdue"),
        ("tasks for approvers", "/tasks role:approver"),
        ("which tasks are due in the next 4 hours", "/tasks due:4h"),
        ("welche Aufgaben hat niemand?", "/tasks unassigned"),
        ("why did INV-2031 stop?", "/why INV-2031"),
        (f"why does {CASE} wait", f"/why {CASE}"),
        ("Wer hat diesen Fall?", "/who this"),
        ("history of this case", "/trail this"),
        ("how many cases are at each step", "/counts"),
        ("Wie viele Rechnungen nach Status?", "/counts by:status process:procure_to_pay"),
        ("how many invoices wait for approval", "/cases process:procure_to_pay about:approval"),
        ("wer hat am meisten Aufgaben", "/load"),
        ("welche Fristen sind gefährdet", "/late"),
        ("why do cases stop?", "/incidents"),
        ("Durchsatz der letzten 7 Tage", "/throughput days:7"),
        ("retry INV-2031", "/retry INV-2031"),
        ("retry group 0123456789abcdef", "/retry-group 0123456789abcdef"),
        ("brich diesen Fall ab", "/cancel this"),
        ("gib RE-4711 an Mara", "/reassign RE-4711 to:mara"),
        ("I take INV-2031", "/claim INV-2031"),
    ],
)
def test_a_question_means_what_it_says(vocabulary: Vocabulary, question: str, command: str) -> None:
    reading = read_question(question, vocabulary)
    assert (rendered(reading.intent) if reading.intent else None, reading.left_out) == (command, ())


def test_what_was_not_made_anything_of_is_named(vocabulary: Vocabulary) -> None:
    reading = read_question("which invoices wait for the cinnamon", vocabulary)
    assert (type(reading.intent).__name__, reading.left_out) == ("CasesQuery", ("cinnamon",))


@pytest.mark.parametrize(
    "question",
    ["", "???", "the weather in Vienna", "sing me a song about cinnamon", "retry", "cancel everything", "2 days"],
)
def test_what_asks_for_nothing_known_is_not_guessed(vocabulary: Vocabulary, question: str) -> None:
    assert read_question(question, vocabulary).intent is None


@given(text=st.text(max_size=120))
def test_no_text_breaks_the_grammar(vocabulary: Vocabulary, text: str) -> None:
    reading = read_question(text, vocabulary)
    if reading.intent is not None:
        assert read_command(rendered(reading.intent)) == reading.intent


@pytest.mark.parametrize("kind", sorted(INTENTS))
def test_whatever_can_be_asked_is_told_in_both_languages(vocabulary: Vocabulary, kind: str) -> None:
    parts = {"case": "this", "group": "0123456789abcdef", "to": "mara"}
    model = INTENTS[kind]
    needed = {name: parts[name] for name, info in model.model_fields.items() if info.is_required()}
    intent = ADAPTER.validate_python({"kind": kind, **needed})
    texts = [told(intent, vocabulary, language) for language in SENTENCES]
    assert len(set(texts)) == 2


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    def values(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, german = SENTENCES["en"], SENTENCES["de"]
    assert english.keys() == german.keys()
    # German's plural needs no article, so a value may be left out there; none may be added.
    assert [key for key in english if not values(german[key]) <= values(english[key])] == []


def test_queries_and_actions_are_apart() -> None:
    assert not set(Query.__args__) & {INTENTS["retry"], INTENTS["cancel"]}
