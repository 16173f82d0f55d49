from typing import Any

from manoir import migrations, models
from manoir.auth.models import session_hash
from manoir.rest._epoch import derived_epoch


async def note_epochs(apps: Any, editor: Any) -> None:
    """Tie the tokens that are there to the password of today."""
    tokens = apps.get_model("rest", "Token").objects.using(editor.connection.alias)
    async for token in tokens.select_related("user"):
        await tokens.filter(pk=token.pk).aupdate(epoch=derived_epoch(session_hash(token.user.password)))


class Migration(migrations.Migration):
    dependencies = [("rest", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="Token",
            name="epoch",
            field=models.CharField(
                default="",
                editable=False,
                help_text="changes with the password; `save()` sets it",
                max_length=32,
            ),
        ),
        migrations.RunPython(note_epochs, migrations.RunPython.noop),
    ]
