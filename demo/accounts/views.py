"""Pages of people: their profile, and the cities they keep. Every query begins at the user of the request."""

from __future__ import annotations

from accounts.forms import FavouriteForm, ProfileForm
from accounts.models import Favourite
from manoir import messages
from manoir.auth import login_required
from manoir.http import HttpRequest, HttpResponse
from manoir.shortcuts import aget_object_or_404, redirect, render
from manoir.urls import reverse
from manoir.views.decorators import never_cache, require_POST
from world.models import City


@never_cache
@login_required
async def profile(request: HttpRequest) -> HttpResponse:
    """Show and change somebody's own name; list the cities they keep."""
    user = await request.auser()
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and await form.ais_valid():
        await form.asave()
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    favourites = Favourite.objects.filter(user=user).select_related("city__country")
    return render(request, "accounts/profile.html", {"form": form, "favourites": favourites})


@require_POST
@login_required
async def keep(request: HttpRequest) -> HttpResponse:
    """Keep a city; keeping it twice is keeping it once."""
    user = await request.auser()
    form = FavouriteForm(request.POST)
    if not await form.ais_valid():
        messages.error(request, "That city is not in the atlas.")
        return redirect("profile")
    city = form.cleaned_data["city"]
    _, created = await Favourite.objects.aget_or_create(
        user=user, city=city, defaults={"note": form.cleaned_data["note"]}
    )
    messages.success(request, f"{city.name} is {'kept' if created else 'among your cities already'}.")
    return back(request, city)


@require_POST
@login_required
async def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of somebody's own cities; another's does not exist for them."""
    favourite = await aget_object_or_404(
        Favourite.objects.filter(user=await request.auser()).select_related("city"), pk=pk
    )
    await favourite.adelete()
    messages.success(request, f"{favourite.city.name} is forgotten.")
    return back(request, favourite.city)


def back(request: HttpRequest, city: City) -> HttpResponse:
    """Lead back to where the button was: beside the city on the page of its country, or in the profile."""
    if request.POST.get("from") == "country":
        return redirect(f"{reverse('country', args=[city.country_id])}#city-{city.pk}")
    return redirect("profile")
