"""Photos of airports: who is signed in adds some, and removes their own."""

from __future__ import annotations

from manoir import messages
from manoir.auth import login_required
from manoir.http import HttpRequest, HttpResponse
from manoir.shortcuts import aget_object_or_404, redirect
from manoir.views.decorators import max_body_size, require_POST
from photos.forms import PhotoForm
from photos.models import Photo
from world.models import Airport


@max_body_size("9MB")
@require_POST
@login_required
async def add(request: HttpRequest, code: str) -> HttpResponse:
    """Add a photo to an airport, and say why where it is not taken."""
    airport = await aget_object_or_404(Airport, pk=code)
    form = PhotoForm(request.POST, request.FILES, instance=Photo(airport=airport, by=await request.auser()))
    if await form.ais_valid():
        await form.asave()
        messages.success(request, "Thank you for the photo.")
    else:
        for errors in form.errors.values():
            messages.error(request, errors[0])
    return redirect(airport)


@require_POST
@login_required
async def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of somebody's own photos, the file too; another's does not exist for them."""
    photos = Photo.objects.filter(by=await request.auser()).select_related("airport")
    photo = await aget_object_or_404(photos, pk=pk)
    await photo.adelete()
    await photo.image.adelete(save=False)
    messages.success(request, "The photo is removed.")
    return redirect(photo.airport)
