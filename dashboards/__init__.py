"""Read-only pages that join the apps below."""
