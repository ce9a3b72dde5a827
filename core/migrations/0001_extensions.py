"""What the constraints need: btree_gist (no overlaps), pg_trgm (search), unaccent. Allowed to a database owner since PostgreSQL 13."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [BtreeGistExtension(), TrigramExtension()]
