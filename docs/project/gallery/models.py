from manoir import models
from manoir.uploads import Images


class Photo(models.Model):
    title = models.CharField(max_length=100)
    image = models.FileField(upload_to="photos/%Y/", policy=Images(max="5MB", max_side=2000))

    def __str__(self):
        return self.title
