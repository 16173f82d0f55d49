from manoir.apps import AppConfig


class PhotosConfig(AppConfig):
    name = "photos"
