"""Pages of imports, for staff who may add cities: send a file, and watch it being read."""

from __future__ import annotations

from imports.forms import ImportForm
from imports.models import CityImport
from imports.tasks import import_cities
from manoir.auth import login_required, permission_required
from manoir.db import transaction
from manoir.http import HttpRequest, HttpResponse
from manoir.shortcuts import aget_object_or_404, redirect, render
from manoir.tasks import TaskResultStatus
from manoir.views.decorators import never_cache


@never_cache
@login_required
@permission_required("world.add_city", raise_exception=True)
async def send(request: HttpRequest) -> HttpResponse:
    """Take a file; its row and its task are one transaction."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and await form.ais_valid():
        upload = form.cleaned_data["file"]
        upload.by = await request.auser()
        async with transaction.atomic():
            await upload.asave()
            result = await import_cities.aenqueue(upload.pk)
            upload.task = result.id
            await upload.asave(update_fields=["task"])
        return redirect("import", upload.pk)
    recent = CityImport.objects.filter(by=await request.auser()).defer("text")[:20]
    return render(request, "imports/send.html", {"form": form, "recent": recent})


@never_cache
@login_required
@permission_required("world.add_city", raise_exception=True)
async def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far the task is; the page asks again by itself while it runs."""
    upload = await aget_object_or_404(CityImport.objects.filter(by=await request.auser()).defer("text"), pk=pk)
    result = await import_cities.aget_result(upload.task)
    context = {"upload": upload, "result": result, "finished": result.is_finished, "statuses": TaskResultStatus}
    if result.status is TaskResultStatus.SUCCESSFUL:
        context["count"] = result.return_value
    return render(request, "imports/watch.html", context)
