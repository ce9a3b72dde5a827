"""btree_gist for constraints against overlaps, pg_trgm for search. A database's owner may make them since PostgreSQL 13."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [BtreeGistExtension(), TrigramExtension()]
