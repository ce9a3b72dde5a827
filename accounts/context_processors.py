from typing import Any

from django.http import HttpRequest

from accounts.demo_logins import shown
from accounts.models import User
from accounts.navigation import places_for
from core.models import OutboxMessage


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame around each page needs: sidebar, notices not yet read, and who is logged in, `me`."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"nav": [], "unread_count": 0, "me": None, "demo_logins": shown()}
    unread = OutboxMessage.objects.filter(user=user, read_at=None)[:100].count()
    return {"nav": places_for(request, user), "unread_count": unread, "me": user.person_or_none or user}
