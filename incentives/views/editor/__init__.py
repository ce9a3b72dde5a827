"""The plan editor: what it shows is computed from what is typed, by the real rules; the whole page and the live
fragments are rendered from the same `EditorPage`.
"""

from incentives.views.editor.drags import Drag, dragged
from incentives.views.editor.page import CaseTyped, EditorPage, View, editor_page
from incentives.views.editor.shown import ShownProblem, number_or_none

__all__ = ["CaseTyped", "Drag", "EditorPage", "ShownProblem", "View", "dragged", "editor_page", "number_or_none"]
