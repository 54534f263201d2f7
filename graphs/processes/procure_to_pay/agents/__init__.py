"""What Procure-to-Pay asks agents, one decision class a module; the prompts are in `prompts/`."""

from graphs.processes.procure_to_pay.agents.duplicate_judgement import DUPLICATE_JUDGEMENT
from graphs.processes.procure_to_pay.agents.exception_triage import EXCEPTION_TRIAGE
from graphs.processes.procure_to_pay.agents.gl_coding import GL_CODING, GL_CODING_1
from graphs.processes.procure_to_pay.agents.line_matching import LINE_MATCHING

DECISION_CLASSES = (DUPLICATE_JUDGEMENT, EXCEPTION_TRIAGE, GL_CODING, LINE_MATCHING)
"""The newest version of every class of this process."""

__all__ = ["DECISION_CLASSES", "DUPLICATE_JUDGEMENT", "EXCEPTION_TRIAGE", "GL_CODING", "GL_CODING_1", "LINE_MATCHING"]
