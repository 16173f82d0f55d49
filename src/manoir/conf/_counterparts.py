"""manoir's counterparts of dotted paths that people bring along from Django projects, for error messages."""

from __future__ import annotations

COUNTERPARTS = {
    "django.contrib.admin": "manoir.admin",
    "django.contrib.auth": "manoir.auth",
    "django.contrib.contenttypes": "manoir.contenttypes",
    "django.contrib.sessions": "manoir.sessions",
    "django.contrib.messages": "manoir.messages",
    "django.contrib.staticfiles": "manoir.staticfiles",
    "rest_framework": "manoir.rest",
    "rest_framework.authtoken": "manoir.rest",
    "rest_framework.schemas.openapi.AutoSchema": "manoir.rest.schemas.AutoSchema",
    "rest_framework_simplejwt": "manoir.rest.jwt",
    "rest_framework_simplejwt.token_blacklist": "manoir.rest.jwt",
    "django_filters": "manoir.rest",
    "drf_spectacular": "manoir.rest",
    "drf_spectacular.openapi.AutoSchema": "manoir.rest.schemas.AutoSchema",
    "django.db.backends.sqlite3": "manoir.db.sqlite",
    "django.db.backends.postgresql": "manoir.db.postgresql",
    "django.middleware.security.SecurityMiddleware": "manoir.middleware.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware": "manoir.sessions.SessionMiddleware",
    "django.middleware.common.BrokenLinkEmailsMiddleware": "manoir.middleware.BrokenLinkEmailsMiddleware",
    "django.utils.log.AdminEmailHandler": "manoir.server.AdminEmailHandler",
    "django.middleware.common.CommonMiddleware": "manoir.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware": "manoir.security.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware": "manoir.auth.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware": "manoir.messages.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": "manoir.middleware.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware": "manoir.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.cache.UpdateCacheMiddleware": "manoir.middleware.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware": "manoir.middleware.FetchFromCacheMiddleware",
    "django.middleware.cache.CacheMiddleware": "manoir.middleware.CacheMiddleware",
    "django.middleware.gzip.GZipMiddleware": "manoir.middleware.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware": "manoir.middleware.ConditionalGetMiddleware",
    "django.middleware.locale.LocaleMiddleware": "manoir.middleware.LocaleMiddleware",
    "django.template.backends.django.DjangoTemplates": "manoir.templates.Engine",
    "django.template.backends.jinja2.Jinja2": "manoir.templates.Jinja2",
    "django.template.context_processors": "manoir.templates.context_processors",
    "django.core.cache.backends.locmem.LocMemCache": "manoir.cache.LocMemCache",
    "django.core.cache.backends.filebased.FileBasedCache": "manoir.cache.FileBasedCache",
    "django.core.cache.backends.redis.RedisCache": "manoir.cache.RedisCache",
    "django_redis.cache.RedisCache": "manoir.cache.RedisCache",
    "django.core.cache.backends.dummy.DummyCache": "manoir.cache.DummyCache",
    "django.core.cache.backends.db.DatabaseCache": "manoir.db.DatabaseCache",
    "django.core.files.storage.FileSystemStorage": "manoir.storage.FileSystemStorage",
    "django.core.files.storage.InMemoryStorage": "manoir.storage.InMemoryStorage",
    "django.core.files.uploadhandler.MemoryFileUploadHandler": "manoir.http.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler": "manoir.http.TemporaryFileUploadHandler",
    "django.contrib.staticfiles.storage.StaticFilesStorage": "manoir.staticfiles.StaticFilesStorage",
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage": "manoir.staticfiles.ManifestStaticFilesStorage",
    "whitenoise.storage.CompressedStaticFilesStorage": "manoir.staticfiles.CompressedStaticFilesStorage",
    "whitenoise.storage.CompressedManifestStaticFilesStorage": "manoir.staticfiles.CompressedManifestStaticFilesStorage",
    "django.contrib.auth.backends.ModelBackend": "manoir.auth.ModelBackend",
    "django.contrib.sessions.backends.db": "manoir.sessions.DatabaseStore",
    "django.contrib.sessions.backends.cache": "manoir.sessions.CacheStore",
    "django.contrib.sessions.backends.cached_db": "manoir.sessions.CachedDatabaseStore",
    "django.contrib.sessions.backends.file": "manoir.sessions.FileStore",
    "django.contrib.sessions.backends.signed_cookies": "manoir.sessions.SignedCookieStore",
    "django.core.mail.backends.console.EmailBackend": "manoir.mail.ConsoleBackend",
    "django.core.mail.backends.locmem.EmailBackend": "manoir.mail.InMemoryBackend",
    "django.core.mail.backends.dummy.EmailBackend": "manoir.mail.DummyBackend",
    "django.core.mail.backends.filebased.EmailBackend": "manoir.mail.FileBasedBackend",
    "django.core.mail.backends.smtp.EmailBackend": "manoir.mail.SMTPBackend",
    "django.db.models.AutoField": "manoir.models.AutoField",
    "django.db.models.BigAutoField": "manoir.models.BigAutoField",
}


NOT_THERE = {
    "django.core.cache.backends.memcached": " manoir has no Memcached; the caches that all processes share are "
    "'manoir.cache.RedisCache' and 'manoir.db.DatabaseCache'.",
}
"""Modules without a counterpart, and what to take instead."""


PACKAGES = {
    "rest_framework.": "manoir.rest.",
    "rest_framework_simplejwt.": "manoir.rest.jwt.",
    "django_filters.rest_framework.": "manoir.rest.filters.",
}
"""Packages whose names stand in a package of manoir, in modules of the same names."""


def counterpart(dotted_path: str) -> str | None:
    """Return manoir's path for a path of Django or of a package around it, or None where it has none."""
    found = COUNTERPARTS.get(dotted_path)
    for package, room in PACKAGES.items() if found is None else ():
        if dotted_path.startswith(package):
            found = room + dotted_path.removeprefix(package)
    if found is None:
        package, _, name = dotted_path.rpartition(".")
        room = COUNTERPARTS.get(package)
        found = f"{room}.{name}" if room and name and package == "django.template.context_processors" else None
    return found


def counterpart_hint(dotted_path: str) -> str:
    """Return " manoir's counterpart is '…'." for a Django path that has one, otherwise what is known of it, or ""."""
    found = counterpart(dotted_path)
    return f" manoir's counterpart is {found!r}." if found else NOT_THERE.get(dotted_path.rpartition(".")[0], "")
