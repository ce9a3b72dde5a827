"""The plan editor: what it shows is computed from what is typed, by the real rules; the whole page and the live
fragments are rendered from the same `EditorPage`.
"""

from incentives.views.editor.curve import Drag, dragged
from incentives.views.editor.page import EditorPage, editor_page
from incentives.views.editor.shown import ShownProblem, Typical, number_or_none

__all__ = ["Drag", "EditorPage", "ShownProblem", "Typical", "dragged", "editor_page", "number_or_none"]
