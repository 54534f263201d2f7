"""Tasks: what people are asked, who has which question, and how their answers are accepted."""

from graphs.tasks.answer import ANSWER, Answer
from graphs.tasks.desk import TaskDesk

__all__ = ["ANSWER", "Answer", "TaskDesk"]
