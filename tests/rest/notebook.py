"""Notes in folders that belong to people: what somebody may see is said once, on the querysets."""

from __future__ import annotations

from manoir import auth, models, rest


class FolderQuerySet(models.QuerySet["Folder"]):
    def visible_to(self, user):
        return self.filter(owner_id=user.pk) if user.is_authenticated else self.none()


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user):
        return self.filter(folder__owner_id=user.pk) if user.is_authenticated else self.none()


class Folder(models.Model):
    # Users of other rooms' tests are removed where this table is not: nothing follows a user.
    owner = models.ForeignKey(auth.User, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    name = models.CharField(max_length=50)

    objects = FolderQuerySet.as_manager()

    class Meta:
        app_label = "notebook"
        ordering = ["id"]


class Note(models.Model):
    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="notes")
    title = models.CharField(max_length=50)
    stars = models.IntegerField(null=True, blank=True)
    pinned = models.BooleanField(default=False)
    reviewed = models.BooleanField(default=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        app_label = "notebook"
        ordering = ["id"]


class NoteSerializer(rest.ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "folder", "title", "stars", "pinned"]


class FolderSerializer(rest.ModelSerializer):
    class Meta:
        model = Folder
        fields = ["id", "name"]


class NoteViewSet(rest.ModelViewSet):
    """Everybody's own notes."""

    queryset = Note.objects.all()
    serializer_class = NoteSerializer
    permission_classes = [rest.IsAuthenticated]
    filterset_fields = ["folder", "pinned"]
    search_fields = ["title"]
    ordering_fields = ["title", "stars"]

    @rest.action(detail=True, methods=["post"], url_path="pin")
    async def pin(self, request, pk=None):
        note = await self.aget_object()
        note.pinned = True
        await note.asave(update_fields=["pinned"])
        return rest.Response({"pinned": note.pinned})

    @pin.mapping.delete
    def unpin(self, request, pk=None):
        note = self.get_object()
        note.pinned = False
        note.save(update_fields=["pinned"])
        return rest.Response({"pinned": note.pinned})

    @rest.action(detail=False)
    def titles(self, request):
        return rest.Response(list(self.filter_queryset(self.get_queryset()).values_list("title", flat=True)))


class FolderViewSet(rest.ModelViewSet):
    queryset = Folder.objects.all()
    serializer_class = FolderSerializer
    permission_classes = [rest.IsAuthenticated]

    def perform_create(self, serializer):
        serializer.save(owner=self.request.user)


class OpenNoteViewSet(NoteViewSet):
    """Overrides get_queryset with all rows: they are limited all the same."""

    def get_queryset(self):
        return Note.objects.all()


router = rest.DefaultRouter()
router.register("notes", NoteViewSet)
router.register("folders", FolderViewSet)
router.register("open", OpenNoteViewSet, basename="open")
urlpatterns = router.urls
