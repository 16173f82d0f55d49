from gallery.forms import PhotoForm
from gallery.models import Photo
from manoir.shortcuts import aget_object_or_404, redirect, render
from manoir.views import stored_file
from manoir.views.decorators import max_body_size


@max_body_size("6MB")
async def photo_add(request):
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and await form.ais_valid():
        photo = await form.asave()
        return redirect("photo", pk=photo.pk)
    return render(request, "gallery/photo_form.html", {"form": form})


async def photo(request, pk):
    photo = await aget_object_or_404(Photo, pk=pk)
    return await stored_file(photo.image.storage, photo.image.name, filename=f"{photo.title}.jpg")
